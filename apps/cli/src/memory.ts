import { totalmem } from 'node:os'
import type { Backend } from '@spikeward/core'
import { parameterCount } from './build.js'
import type { Parts } from './build.js'
import type { TrainConfig } from './config.js'
import { usageError } from './usage.js'

/** A layer takes at most about so many rows at once, or one step's batch. */
const ROWS = 32_768

/**
 * Refuses a network that cannot fit: a lower bound of what a step holds (parameters, two moments and an update; the
 * spikes and their tangents of the widest layer), against what the backend may take.
 *
 * @throws CLI_BAD_VALUE
 */
export function checkMemory(config: TrainConfig, parts: Parts, backend: Backend): void {
  const widest = Math.max(...parts.network.widths)
  const rows =
    config.hidden.length === 1 ? config.batch : Math.max(config.batch, Math.min(ROWS, config.batch * config.time))
  const parameters = 4 * parameterCount(parts)
  const needed = 4 * parameters + 2 * 4 * rows * widest
  const { maxTotalBytes, maxBufferBytes } = backend.capabilities
  const most = Math.min(maxTotalBytes, totalmem())
  if (needed <= most && parameters <= maxBufferBytes * config.hidden.length * 2) return
  throw usageError(
    'CLI_BAD_VALUE',
    `hidden layers of ${config.hidden.join(', ')} with a batch of ${config.batch} need at least ${(needed / 2 ** 30).toFixed(1)} GiB, ` +
      `the backend ${backend.name} has ${(most / 2 ** 30).toFixed(1)} GiB; make the layers, the batch or the time smaller`,
  )
}
