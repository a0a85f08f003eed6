import type { Backend } from '@spikeward/core'
import { untrainedRidge } from '@spikeward/operators'
import { fit } from '@spikeward/train'
import type { Parts } from './build.js'

/**
 * Relative L2 error on the test points of the run's own network before any training, its readout solved by ridge
 * regression: a run that does not beat it has learned nothing by its training.
 */
export async function ridgeBaseline(
  { network, problem, estimator, optimizer }: Parts,
  key: number,
  backend: Backend,
): Promise<number> {
  // A run of no steps ends with the variables that the run of this key begins with.
  for await (const event of fit({ network, problem, estimator, optimizer, backend, key, steps: 0 })) {
    if (event.type === 'end') return (await untrainedRidge(network, event.variables, problem)).relativeL2
  }
  return Number.NaN
}
