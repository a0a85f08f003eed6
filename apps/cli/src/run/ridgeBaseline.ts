import type { Backend } from '@spikeward/core'
import { fit } from '@spikeward/train'
import type { Variables } from '@spikeward/train'
import type { Parts } from './build.js'

/**
 * Relative L2 error on the test split of the run's own network before any training, its readout solved by ridge
 * regression (or what `measure` makes of those variables): a run that does not beat it has learned nothing by its training. Null where there are no data to solve from.
 */
export async function ridgeBaseline(
  { experiment, estimator, optimizer }: Parts,
  key: number,
  backend: Backend,
  measure: (untrained: Variables) => Promise<number | null> = (untrained) => experiment.baseline(untrained),
): Promise<number | null> {
  // A run of no steps ends with the variables that the run of this key begins with.
  for await (const event of fit({ task: experiment.task, estimator, optimizer, backend, key, steps: 0 })) {
    if (event.type === 'end') return measure(event.variables)
  }
  return null
}
