import { add, mul, sub, tensor } from '@spikeward/core'
import type { Coords, DerivativeOrder, Field, OperatorNetwork, Tensor, Tree } from '@spikeward/core'

/**
 * Makes a network of the coordinates odd in one axis about the middle of its interval [low, high]:
 *
 *     u(x) = ½ (v(x) − v(x′)),   x′ = x with low + high − x_a in place of x_a
 *
 * v is the network, and is evaluated twice. Its values are the raw output, so that estimators of affine layers act on
 * the residuals of an equation: v(x) and v(x′) are two evaluations of the same layers.
 */
export function oddAxis<P extends Tree, Z extends Tree, F>(
  network: OperatorNetwork<P, Z, F>,
  axis: number,
  [low, high]: readonly [number, number],
): OperatorNetwork<P, Z, F> {
  const { raw: inner, ...plain } = network
  const mirror = mirrorOf(axis, network.axes, low + high)
  const odd: OperatorNetwork<P, Z, F> = {
    ...plain,
    decode: (v, z, at) => half(network.decode(v, z, at), network.decode(v, z, mirror(at)), 1),
    apply: (v, f, at) => odd.decode(v, odd.encode(v, f), at),
    raw: {
      decode: (v, z, at) => (inner ?? network).decode(v, z, at),
      through: (field, f) => oddField(inner?.through(field, f) ?? field, axis, mirror),
    },
  }
  return odd
}

/** The odd part of a field. The derivative of order k of v(x′) along the axis has the factor (−1)ᵏ. */
function oddField(v: Field, axis: number, mirrored: (at: Coords) => Coords): Field {
  // The same coordinates have the same mirror image, so that losses see its derivatives as those at one point. An image
  // may be a traced value, so each field has its own.
  const known = new WeakMap<Coords, Coords>()
  const mirror = (at: Coords): Coords => {
    const mirror = known.get(at) ?? mirrored(at)
    known.set(at, mirror)
    return mirror
  }
  const signOf = (order: number): number => (order % 2 === 0 ? 1 : -1)
  return {
    at: (c) => half(v.at(c), v.at(mirror(c)), 1),
    d: (c, a, order: DerivativeOrder = 1) =>
      half(v.d(c, a, order), v.d(mirror(c), a, order), a === axis ? signOf(order) : 1),
    mixed: (c, orders) => half(v.mixed(c, orders), v.mixed(mirror(c), orders), signOf(orders[axis]!)),
  }
}

/** ½ (a − sign · b). */
const half = (a: Tensor, b: Tensor, sign: number): Tensor => mul(sign === 1 ? sub(a, b) : add(a, b), 0.5)

/** The map of coordinates x_a ↦ sum − x_a, which keeps the other axes. */
function mirrorOf(axis: number, axes: number, sum: number): (at: Coords) => Coords {
  const row = (own: number, others: number, like: Tensor): Tensor =>
    tensor(
      Array.from({ length: axes }, (_, a) => (a === axis ? own : others)),
      { dtype: like.dtype },
    )
  return (at) => {
    if (at.kind === 'grid') return { ...at, axes: at.axes.map((x, a) => (a === axis ? sub(sum, x) : x)) }
    return { ...at, x: add(mul(at.x, row(-1, 1, at.x)), row(sum, 0, at.x)) }
  }
}
