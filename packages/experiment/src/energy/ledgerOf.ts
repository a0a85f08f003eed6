import { key as keyOf } from '@spikeward/core'
import type { Backend, Variables } from '@spikeward/core'
import { countStep } from '@spikeward/energy'
import type { Ledger } from '@spikeward/energy'
import { lossAt, stepLossOf } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Parts } from '../run/buildParts.js'

/** Counts one training step of a run at the given variables. */
export function ledgerOf(
  { experiment, estimator, optimizer }: Parts,
  config: TrainConfig,
  { trained, fixed }: Variables,
  backend: Backend,
): Promise<Ledger> {
  const loss = stepLossOf(experiment.task)
  return countStep({
    lossAt: (f, data, key) => lossAt(loss, { fixed: f, data }, key),
    estimator,
    optimizer,
    trained,
    fixed,
    data: experiment.task.data(),
    key: keyOf(config.key, { backend }),
  })
}
