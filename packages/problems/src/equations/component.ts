import { SpikewardError, add, mul, reshape, slice, sub } from '@spikeward/core'
import type { Coords, DerivativeOrder, Field, Tensor, WeightedDirection } from '@spikeward/core'

/** One component of the solution at the points of a residual. */
export interface Component {
  readonly name: string
  /** Names of the axes, in order. */
  readonly axes: readonly string[]
  /** The axes along which `gradient`, `divergence`, `curl` and `laplacian` differentiate: all but time. */
  readonly space: readonly string[]
  /** Its values, [N, P] at points. */
  readonly value: Tensor
  /** A derivative by name of the axes: see {@link d}. */
  partial(orders: Readonly<Record<string, number>>): Tensor
  /**
   * Σ_i w_i ∂ᵏu/∂v_iᵏ of directions in space, one number for each of its axes. Absent: see `directional` of the field.
   */
  directional?(directions: readonly WeightedDirection[], order: DerivativeOrder): Tensor
}

/**
 * The derivative of a component, of any mixed order up to 4: `d(u, { t: 1 })` is u_t, `d(u, { x: 2 })` is u_xx,
 * `d(u, { x: 1, y: 1 })` is u_xy.
 *
 * @throws INVALID_OPTION for an axis that the equation does not have, or an impossible order
 */
export const d = (u: Component, orders: Readonly<Record<string, number>>): Tensor => u.partial(orders)

/** ∇u: one first derivative for each axis of space. */
export const gradient = (u: Component): Tensor[] => u.space.map((axis) => u.partial({ [axis]: 1 }))

/** Δu = Σ ∂²u/∂xₐ² over the axes of space. */
export const laplacian = (u: Component): Tensor => sum(u.space.map((axis) => u.partial({ [axis]: 2 })))

/**
 * Δ²u = Σ ∂⁴u/∂xₐ⁴ + 2 Σ_{a<b} ∂⁴u/∂xₐ²∂x_b² over the axes of space: of plates and stream functions. In the plane and
 * in space it is also a sum of fourth derivatives along a few directions, c Σ_i ∂⁴u/∂v_i⁴, which forward mode computes
 * in one pass.
 *
 * @see Dangel et al., arXiv 2505.13644
 */
export function biharmonic(u: Component): Tensor {
  const { space } = u
  const directions = isotropic[space.length]
  if (directions !== undefined && u.directional !== undefined) return u.directional(directions, 4)
  return sum(
    space.flatMap((axis, a) => [
      u.partial({ [axis]: 4 }),
      ...space.slice(a + 1).map((other) => mul(u.partial({ [axis]: 2, [other]: 2 }), 2)),
    ]),
  )
}

const third = (k: number): number[] => [Math.cos((k * Math.PI) / 3), Math.sin((k * Math.PI) / 3)]
const golden = (1 + Math.sqrt(5)) / 2
const corner = (...at: number[]): number[] => at.map((x) => x / Math.hypot(1, golden))

/**
 * By the number of axes, directions and weights with Σ_i w_i (v_i·ξ)⁴ = |ξ|⁴: three in the plane, the axes of an
 * icosahedron in space.
 */
const isotropic: readonly (readonly WeightedDirection[] | undefined)[] = [
  undefined,
  undefined,
  [0, 1, 2].map((k) => ({ along: third(k), weight: 8 / 9 })),
  [-1, 1].flatMap((s) =>
    [corner(0, s, golden), corner(s, golden, 0), corner(golden, 0, s)].map((along) => ({ along, weight: 5 / 6 })),
  ),
]

/** ∇·v = Σ ∂vₐ/∂xₐ of a vector with one component for each axis of space. */
export function divergence(v: readonly Component[]): Tensor {
  const { space } = vectorOf('divergence', v)
  return sum(v.map((component, a) => component.partial({ [space[a]!]: 1 })))
}

/** ∇×v: in the plane a list of one tensor, ∂v₂/∂x₁ − ∂v₁/∂x₂; in space of three. */
export function curl(v: readonly Component[]): Tensor[] {
  const { space } = vectorOf('curl', v)
  const turn = (a: number, b: number): Tensor =>
    sub(v[b]!.partial({ [space[a]!]: 1 }), v[a]!.partial({ [space[b]!]: 1 }))
  if (v.length === 2) return [turn(0, 1)]
  if (v.length === 3) return [turn(1, 2), turn(2, 0), turn(0, 1)]
  throw new SpikewardError('INVALID_OPTION', `curl of ${v.length} components; it is defined for 2 and 3 components`)
}

/**
 * ∂u/∂n = n·∇u.
 *
 * @param normal the outward normal that a residual on a boundary receives: one tensor for each axis
 */
export const normalDerivative = (u: Component, normal: Readonly<Record<string, Tensor>>): Tensor =>
  sum(u.space.map((axis) => mul(u.partial({ [axis]: 1 }), normal[axis]!)))

/** The sum of tensors, of which there is at least one. */
export const sum = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b))

function vectorOf(name: string, v: readonly Component[]): Component {
  const [first] = v
  if (first !== undefined && v.length === first.space.length) return first
  throw new SpikewardError(
    'INVALID_OPTION',
    `${name} of ${v.length} components in a space of ${first?.space.length ?? 0} axes; give one component for each of them`,
  )
}

/** Component k of a tensor whose last axis is that of the components. */
export function pickLast(t: Tensor, k: number): Tensor {
  const last = t.ndim - 1
  const one = slice(
    t,
    t.shape.map((_, a) => (a === last ? k : 0)),
    t.shape.map((n, a) => (a === last ? k + 1 : n)),
  )
  return reshape(one, t.shape.slice(0, -1))
}

/** The names of an equation's axes and unknowns. */
export type Names = {
  readonly axes: readonly string[]
  readonly space: readonly string[]
  readonly unknowns: readonly string[]
}

/** Usual names of unknowns. */
export type UsualUnknown = 'u' | 'v' | 'w' | 'p'

/** The components of the solution by name. */
export type Components = ByName<Component, UsualUnknown>

/** The components of a field at some coordinates. Each value and derivative of the field is computed once. */
export function componentsOf(u: Field, c: Coords, { axes, space, unknowns }: Names): Components {
  const computed = new Map<string, Tensor>()
  const once = (id: string, compute: () => Tensor): Tensor => {
    let t = computed.get(id)
    if (t === undefined) computed.set(id, (t = compute()))
    return t
  }
  const read = (orders: readonly number[]): Tensor => once(orders.join(), () => derivative(u, c, orders))
  /** Directions in space, of which the axes are some of all axes. */
  const along = (directions: readonly WeightedDirection[], order: DerivativeOrder): Tensor => {
    const wrong = directions.find((v) => v.along.length !== space.length)
    if (wrong !== undefined)
      throw new SpikewardError(
        'INVALID_OPTION',
        `a derivative along the direction [${wrong.along.join(', ')}]; the axes of space are ${space.join(', ')}; give one number for each of them`,
      )
    const whole = directions.map(({ along: v, weight }) => ({
      along: axes.map((axis) => v[space.indexOf(axis)] ?? 0),
      weight,
    }))
    return once(JSON.stringify([whole, order]), () => u.directional!(c, whole, order))
  }
  const ordersOf = (by: Readonly<Record<string, number>>): number[] => {
    const stranger = Object.keys(by).find((name) => !axes.includes(name))
    if (stranger === undefined) return axes.map((axis) => by[axis] ?? 0)
    throw new SpikewardError(
      'INVALID_OPTION',
      `a derivative along '${stranger}'; the axes are ${axes.join(', ')}; name one of them`,
    )
  }
  const one = (name: string, k: number): Component => {
    const pick = (t: Tensor): Tensor => (unknowns.length === 1 ? t : pickLast(t, k))
    return {
      name,
      axes,
      space,
      get value() {
        return pick(read(axes.map(() => 0)))
      },
      partial: (by) => pick(read(ordersOf(by))),
      ...(u.directional === undefined ? {} : { directional: (directions, order) => pick(along(directions, order)) }),
    }
  }
  return byName<Component, UsualUnknown>(
    'unknowns',
    Object.fromEntries(unknowns.map((name, k) => [name, one(name, k)])),
  )
}

function derivative(u: Field, c: Coords, orders: readonly number[]): Tensor {
  const active = orders.flatMap((k, axis) => (k === 0 ? [] : [{ k, axis }]))
  if (active.length === 0) return u.at(c)
  const [only] = active
  if (active.length > 1 || only!.k > 4) return u.mixed(c, orders)
  return u.d(c, only!.axis, only!.k as 1 | 2 | 3 | 4)
}

/**
 * Things by name. `Usual` are names that need no check for undefined in code that compiles with
 * `noUncheckedIndexedAccess`.
 */
export type ByName<T, Usual extends string> = Readonly<Record<string, T>> & Readonly<Record<Usual, T>>

/**
 * A record that throws INVALID_OPTION if an unknown name is read.
 *
 * @param kind its contents, as a plural noun for the message
 */
export function byName<T, Usual extends string>(kind: string, record: Readonly<Record<string, T>>): ByName<T, Usual> {
  const checked: Readonly<Record<string, T>> = new Proxy(record, {
    get(target, name, receiver): unknown {
      if (typeof name !== 'string' || Object.hasOwn(target, name)) return Reflect.get(target, name, receiver)
      const names = Object.keys(target)
      throw new SpikewardError(
        'INVALID_OPTION',
        `the equation reads '${name}', but ${names.length === 0 ? `there are no ${kind} here` : `the ${kind} are ${names.join(', ')}`}; name one of them`,
      )
    },
  })
  return checked
}
