import { type Tensor, type TensorLike, SpikewardError, add, div, mul, sqrt, sub } from '@spikeward/core'
import type { Algebra, Geometry } from '../shapes/geometry.js'
import type { ConditionValue } from './conditions/conditions.js'
import type { EquationSpec } from './equationProblem.js'

/** Arithmetic of tensors, and of numbers among them. */
const tensorAlgebra: Algebra<TensorLike> = { constant: (v) => v, add, sub, mul, div, sqrt }

/**
 * A hard condition u = g on the boundary of a shape, from its distance function φ: u = g + φ · (network's output).
 *
 * @param values g by name of the component, defined at all points of the shape; other components are not changed
 * @throws INVALID_OPTION for a shape without a distance function
 * @example hard: byDistance(disc({ center: [0, 0], radius: 1 }), { u: 0 })
 */
export function byDistance(
  shape: Geometry,
  values: Readonly<Record<string, ConditionValue>>,
): NonNullable<EquationSpec['hard']> {
  const { distance } = shape
  if (distance === null) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a ${shape.name} has no distance function, which a hard condition needs; leave the condition in the loss`,
    )
  }
  return {
    apply(raw, at) {
      const x = ['x', 'y', 'z'].slice(0, shape.dimension).map((name): TensorLike => at[name]!)
      const phi = distance(tensorAlgebra, x)
      const fields = Object.entries(values).map(([name, g]): [string, Tensor] => {
        const vanishing = mul(raw[name]!, phi)
        return [name, g === 0 ? vanishing : add(vanishing, typeof g === 'function' ? g(at) : g)]
      })
      return Object.fromEntries(fields)
    },
  }
}
