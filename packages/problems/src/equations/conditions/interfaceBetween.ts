import { type Tensor, SpikewardError, mul, sub } from '@spikeward/core'
import type { Geometry } from '../../shapes/geometry.js'
import { normalDerivative } from '../component.js'
import type { ConditionValue } from './conditions.js'
import { fixedCoordinate } from './fixedCoordinate.js'
import type { At, Residual } from './place.js'
import { shapeSpace } from '../spaces/shapeSpace.js'
import { type ConditionMaker, conditionOf } from '../spaces/space.js'

/** The place where two components meet, and the conditions there. */
export type InterfaceOptions = {
  /** The boundary of a shape in the first axes, or one fixed coordinate: `{ x: 0.5 }`. */
  readonly at: Geometry | Readonly<Record<string, number>>
  /** k₁ and k₂, such as the conductivities on both sides. Default both 1. */
  readonly coefficients?: readonly [number, number]
  /** u₁ − u₂ at the interface. Default 0. */
  readonly jump?: ConditionValue
  /** k₁ ∂u₁/∂n − k₂ ∂u₂/∂n at the interface. Default 0. */
  readonly flux?: ConditionValue
}

const isGeometry = (at: InterfaceOptions['at']): at is Geometry => typeof at['inside'] === 'function'

/**
 * Two components meet at an interface, each the solution on one side of it:
 *
 *     u₁ − u₂ = jump,   k₁ ∂u₁/∂n − k₂ ∂u₂/∂n = flux
 *
 * n is the outward normal of the shape, or the direction of the fixed coordinate. If the equation is stated on both
 * sides, each residual belongs to its own component.
 *
 * @throws INVALID_OPTION if the shape has more dimensions than the equation has axes, if not exactly one coordinate is
 * fixed, or if it lies outside of the domain
 * @example interfaceBetween('u', 'v', { at: { x: 0.5 }, coefficients: [1, 3] })
 */
export const interfaceBetween =
  (first: string, second: string, options: InterfaceOptions): ConditionMaker =>
  (space) => {
    const { at, coefficients: [a, b] = [1, 1], jump = 0, flux = 0 } = options
    const valueIn = (value: ConditionValue, where: At): Tensor | number =>
      typeof value === 'function' ? (value(where) as Tensor | number) : value
    const meet =
      (slope: (name: string, more: Parameters<Residual>[2], u: Parameters<Residual>[0]) => Tensor): Residual =>
      (u, where, more) => [
        sub(sub(u[first]!.value, u[second]!.value), valueIn(jump, where)),
        sub(sub(mul(slope(first, more, u), a), mul(slope(second, more, u), b)), valueIn(flux, where)),
      ]
    if (isGeometry(at)) {
      if (at.dimension > space.axes.length) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `an interface of a ${at.name} in ${at.dimension} dimensions; the equation has ${space.axes.length} axes; give a shape of fewer dimensions`,
        )
      }
      const [edge] = shapeSpace(space, at, space.domain.slice(at.dimension), space.time).boundary
      const residual = meet((name, { normal }, u) => normalDerivative(u[name]!, normal))
      return [conditionOf(space, `${first} and ${second} meet on the ${at.name}`, edge!.region, residual)]
    }
    const [axis, value] = fixedCoordinate('an interface', at)
    const residual = meet((name, _, u) => u[name]!.partial({ [axis]: 1 }))
    return [conditionOf(space, `${first} and ${second} meet at ${axis} = ${value}`, space.held(axis, value), residual)]
  }
