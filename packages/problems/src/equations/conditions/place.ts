import { SpikewardError, cast } from '@spikeward/core'
import type { Coefficients, Coords, DType, Field, Tensor } from '@spikeward/core'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { type Components, type ByName, type Names, componentsOf, byName, pickLast } from '../component.js'

/** Usual names of axes. */
type UsualAxis = 'x' | 'y' | 'z' | 't'

/** The coordinates of the points by name of the axis, in shapes that broadcast against the components. */
export type At = ByName<Tensor, UsualAxis>

/** Further arguments of a residual, besides components and coordinates. */
export type More = {
  /** On a boundary: the outward unit normal by name of the axis; elsewhere it is empty. */
  readonly normal: At
  /** Unknown coefficients of the equation, and those that follow a continuation, by name. */
  readonly coefficients: ByName<Tensor, never>
  /** Numbers that are given with the points, such as measurements: one tensor [P] for each column. */
  readonly values: readonly Tensor[]
}

/**
 * The residual of an equation or a condition: one tensor of the shape of a component, or a list of them.
 *
 * @example ({ u }, { x }) => sub(d(u, { t: 1 }), mul(x, laplacian(u)))
 */
export type Residual = (u: Components, at: At, more: More) => Tensor | readonly Tensor[]

/** The coordinates at `c`, by name. */
export const coordinatesAt = (axes: readonly string[], c: Coords): At =>
  byName<Tensor, UsualAxis>('axes', Object.fromEntries(axes.map((name, a) => [name, axisCoordinate(c, a)])))

/** The element type of coordinates, which is that of fields there. */
export const dtypeAt = (c: Coords): DType => (c.kind === 'points' ? c.x : c.axes[0]!).dtype

/**
 * Evaluates a residual and returns its tensors as a list. It reads coefficients in the element type of the coordinates.
 *
 * @throws INVALID_OPTION for an empty list
 */
export function residualsAt(
  residual: Residual,
  names: Names,
  u: Field,
  c: Coords,
  coefficients: Coefficients = {},
): readonly Tensor[] {
  const columns = (t: Tensor): Tensor[] => Array.from({ length: t.shape[1]! }, (_, k) => pickLast(t, k))
  const normal = c.kind === 'points' && c.normal !== undefined ? columns(c.normal) : []
  const values = Object.entries(coefficients).map(([name, t]) => [name, cast(t, dtypeAt(c))] as const)
  const more: More = {
    normal: byName<Tensor, UsualAxis>('normals', Object.fromEntries(normal.map((n, a) => [names.axes[a]!, n]))),
    coefficients: byName<Tensor, never>('coefficients', Object.fromEntries(values)),
    values: c.kind === 'points' && c.values !== undefined ? columns(c.values) : [],
  }
  const residuals = residual(componentsOf(u, c, names), coordinatesAt(names.axes, c), more)
  const all = isList(residuals) ? residuals : [residuals]
  if (all.length > 0) return all
  throw new SpikewardError(
    'INVALID_OPTION',
    'the equation, or a condition, gives no residual; name at least one unknown in it',
  )
}

const isList = (x: Tensor | readonly Tensor[]): x is readonly Tensor[] => Array.isArray(x)
