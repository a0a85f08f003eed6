import { type Condition, type Domain, type Region, stack } from '@spikeward/core'
import type { Names } from '../component.js'
import { type Residual, residualsAt } from '../conditions/place.js'

/** A small part of a boundary: a face of a box, or a short piece of the boundary of a shape. */
export type BoundaryCell = {
  /** Its length or area, up to a factor that all cells share. */
  readonly size: number
  /** Parts of the boundary that it belongs to, by name. */
  readonly names: readonly string[]
  /** A point of it; null for a face of a box, whose name says where it is. */
  readonly at: readonly number[] | null
  /** The axes that its normal may have components along. */
  readonly axes: readonly number[]
}

/** A part of the boundary: its name in conditions, its points with their normals, and the cells that it covers. */
export type BoundaryPart = {
  readonly name: string
  readonly region: Region
  readonly cells: ReadonlySet<BoundaryCell>
}

/** The space of an equation, from which its conditions are made. */
export type Space = Names & {
  readonly domain: Domain
  readonly interior: Region
  /** The axis of time, or null. */
  readonly time: string | null
  /** The faces of a box (without those of time), or the whole boundary of a shape. */
  readonly boundary: readonly BoundaryPart[]
  /** Cells that cover the boundary. */
  readonly cells: readonly BoundaryCell[]
  /** The names of the parts of a shape's boundary, such as the groups of a mesh. */
  readonly groups?: readonly string[]
  /**
   * The part of a shape's boundary of a name, or on a side such as `x = 0` or `y > 1`; undefined without points there.
   */
  side?(text: string): BoundaryPart | undefined
  /** The points at which one coordinate has a value. */
  held(axis: string, value: number): Region
}

/** States conditions of an equation once its space is known. */
export type ConditionMaker = (space: Space) => readonly NamedCondition[]

/** A condition, and whether a hard condition that fixes its components satisfies it. */
export type NamedCondition = Condition<unknown> & {
  readonly fixes: readonly string[] | null
  /** The cells of the boundary where it holds; absent: it is not a condition on the boundary. */
  readonly cells?: ReadonlySet<BoundaryCell>
  /** Whether it is about measurements; absent: no. */
  readonly measures?: boolean
  /**
   * Its kind, and what it states of each component; absent: it is not a condition of values or fluxes on the boundary.
   */
  readonly states?: { readonly kind: string; readonly of: Readonly<Record<string, unknown>> }
}

/** A condition from a residual that reads components by name. */
export function conditionOf(
  space: Names,
  name: string,
  region: Region,
  residual: Residual,
  fixes: readonly string[] | null = null,
): NamedCondition {
  return {
    name,
    region,
    fixes,
    residual(u, _, c, coefficients) {
      const residuals = residualsAt(residual, space, u, c, coefficients)
      return residuals.length === 1 ? residuals[0]! : stack(residuals, residuals[0]!.ndim)
    },
  }
}
