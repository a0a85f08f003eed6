import { add, broadcastTo, cast, equal, iota, jet, mul, ones, zeros } from '@spikeward/core'
import type { Coords, DerivativeOrder, Field, Tensor } from '@spikeward/core'

/**
 * The field apply(v(x), x) from a field v with derivatives: the derivatives of `apply` are exact (Taylor mode), and
 * those of v are given. Along an axis, with s the shift of its coordinate,
 *
 *     ∂ᵏu = dᵏ/dsᵏ apply(Σⱼ sʲ/j! ∂ʲv, x + s) at s = 0
 *
 * Finite differences of v then do not have to resolve `apply`, such as a distance function that bends at a corner.
 */
export function throughOutput(v: Field, apply: (raw: Tensor, at: Coords) => Tensor): Field {
  const mixed = (c: Coords, orders: readonly number[]): Tensor => {
    const active = orders.flatMap((order, axis) => (order === 0 ? [] : [{ axis, order }]))
    const like = c.kind === 'points' ? c.x : c.axes[0]!
    const dtype = like.dtype === 'f64' ? 'f64' : 'f32'
    const known = new Map<string, Tensor>()
    const valueOf = (at: readonly number[]): Tensor => remembered(known, at.join(), () => derivativeOf(v, c, at))
    /** All derivatives of v up to the orders, weighted by powers of the shifts. */
    const expansion = (shifts: readonly Tensor[], level: number, at: readonly number[]): Tensor => {
      if (level === active.length) return valueOf(at)
      const { axis, order } = active[level]!
      let [power, factorial]: [Tensor | null, number] = [null, 1]
      let total: Tensor | null = null
      for (let j = 0; j <= order; j++) {
        const inner = expansion(
          shifts,
          level + 1,
          at.map((k, a) => (a === axis ? j : k)),
        )
        const term: Tensor = power === null ? inner : mul(inner, mul(power, 1 / factorial))
        total = total === null ? term : add(total, term)
        power = power === null ? shifts[level]! : mul(power, shifts[level]!)
        factorial *= j + 1
      }
      return total!
    }
    const along = (level: number, shifts: readonly Tensor[]): Tensor => {
      if (level === active.length)
        return apply(
          expansion(
            shifts,
            0,
            orders.map(() => 0),
          ),
          moved(c, active, shifts),
        )
      const { order } = active[level]!
      const derivatives = jet(
        (s: Tensor) => along(level + 1, [...shifts, s]),
        [zeros([], dtype)],
        [ones([], dtype)],
        order,
      )
      return derivatives[order]!
    }
    return along(0, [])
  }
  return {
    at: (c) => apply(v.at(c), c),
    d(c, axis, order = 1) {
      const axes = c.kind === 'points' ? c.x.shape[1]! : c.axes.length
      return mixed(
        c,
        Array.from({ length: axes }, (_, a) => (a === axis ? order : 0)),
      )
    },
    mixed,
  }
}

function remembered(known: Map<string, Tensor>, name: string, make: () => Tensor): Tensor {
  const before = known.get(name)
  if (before !== undefined) return before
  const value = make()
  known.set(name, value)
  return value
}

function derivativeOf(v: Field, c: Coords, orders: readonly number[]): Tensor {
  const active = orders.flatMap((order, axis) => (order === 0 ? [] : [{ order, axis }]))
  const [first] = active
  if (first === undefined) return v.at(c)
  if (active.length > 1) return v.mixed(c, orders)
  return v.d(c, first.axis, first.order as DerivativeOrder)
}

/** Coordinates with a shift along each of some axes. */
function moved(c: Coords, active: readonly { readonly axis: number }[], shifts: readonly Tensor[]): Coords {
  if (c.kind === 'grid') {
    return {
      kind: 'grid',
      axes: c.axes.map((x, a) => {
        const i = active.findIndex(({ axis }) => axis === a)
        return i < 0 ? x : add(x, shifts[i]!)
      }),
    }
  }
  const x = active.reduce((at, { axis }, i) => {
    const column = broadcastTo(cast(equal(iota([at.shape[1]!], 0, 'i32'), axis), at.dtype), at.shape)
    return add(at, mul(column, shifts[i]!))
  }, c.x)
  return { ...c, x }
}
