import { stack } from '@spikeward/core'
import type { Condition, Domain, Region } from '@spikeward/core'
import type { Names } from './component.js'
import { residualsAt } from './place.js'
import type { Residual } from './place.js'

/** A part of the boundary: its name in conditions, and its points with their normals. */
export type BoundaryPart = { readonly name: string; readonly region: Region }

/** The space of an equation, from which its conditions are made. */
export type Space = Names & {
  readonly domain: Domain
  readonly interior: Region
  /** The axis of time, or null. */
  readonly time: string | null
  /** The faces of a box (without those of time), or the whole boundary of a shape. */
  readonly boundary: readonly BoundaryPart[]
  /** The names of the parts of a shape's boundary, such as the groups of a mesh. */
  readonly groups?: readonly string[]
  /** The part of a shape's boundary of a name, or on a side such as `x = 0` or `y > 1`; undefined without points there. */
  side?(text: string): BoundaryPart | undefined
  /** The points at which one coordinate has a value. */
  held(axis: string, value: number): Region
}

/** States conditions of an equation once its space is known. */
export type ConditionMaker = (space: Space) => readonly NamedCondition[]

/** A condition, and whether a hard condition that fixes its components satisfies it. */
export type NamedCondition = Condition<unknown> & { readonly fixes: readonly string[] | null }

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
      const found = residualsAt(residual, space, u, c, coefficients)
      return found.length === 1 ? found[0]! : stack(found, found[0]!.ndim)
    },
  }
}
