import { jit, key, sqrt } from '@spikeward/core'
import type { OperatorNetwork, Physics, Tree } from '@spikeward/core'
import type { Evaluator } from '../evaluation/evaluate.js'
import { physicsLoss } from './physicsLoss.js'
import type { Collocation, PhysicsOptions } from './physicsLoss.js'

/** Number of points in the interior and for each condition, unless the loss uses a grid. */
const POINTS = 1024

/** The key of the points: fixed, so that runs can be compared, and different from any key of a step. */
const VALIDATION = 0x7a11_da7e

const validationPoints = (trained: Collocation): Collocation => (typeof trained === 'number' ? POINTS : trained)

/**
 * Measures how well a network satisfies an equation whose solution is not known:
 *
 *     √(mean residual² + Σ mean condition²)
 *
 * over {@link POINTS} points each, or the grid of the loss, drawn once. Weights are 1, so that the number does not
 * depend on them; conditions that hold by construction add nothing. It has the unit of the residual and is not an error
 * of the solution.
 */
export function residualEvaluator<V extends Tree, Z extends Tree>(
  network: OperatorNetwork<V, Z, null>,
  physics: Physics<null>,
  { differentiate, interior, conditions = interior }: PhysicsOptions,
): Evaluator<V> {
  const options = {
    differentiate,
    interior: validationPoints(interior),
    conditions: validationPoints(conditions),
  }
  const measure = jit((variables: V) => sqrt(physicsLoss(network, variables, null, physics, options, key(VALIDATION))))
  return {
    measure: 'residual',
    async evaluate(variables) {
      const out = measure(variables)
      const relativeL2 = await out.item()
      out.dispose()
      return { prediction: new Float64Array(0), relativeL2 }
    },
    dispose: () => measure.dispose(),
  }
}
