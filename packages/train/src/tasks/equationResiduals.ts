import { concatenate, mul, reshape } from '@spikeward/core'
import type { Key, OperatorNetwork, Physics, Tensor, Tree } from '@spikeward/core'
import { evaluationsOf, physicsTerms } from './physicsLoss.js'
import type { PhysicsOptions } from './physicsLoss.js'

/**
 * The residuals of an equation and its conditions as one vector, scaled so that the sum of their squares is the loss of
 * `pinnTask`. The points are uniform and drawn from the key, without refinement; coefficients have the last values of a
 * continuation.
 *
 * @returns a pure, traceable function of the variables
 */
export function equationResiduals<V extends Tree, Z extends Tree>(
  network: OperatorNetwork<V, Z, null>,
  physics: Physics<null>,
  options: PhysicsOptions,
  key: Key,
): (variables: V) => Tensor {
  return (variables) => {
    const at = evaluationsOf(network, variables, null, options)
    const rows = physicsTerms(network, at, physics, options, key).map(({ residual, weight }) =>
      mul(reshape(residual, [-1]), Math.sqrt(weight / residual.size)),
    )
    return rows.length === 1 ? rows[0]! : concatenate(rows, 0)
  }
}
