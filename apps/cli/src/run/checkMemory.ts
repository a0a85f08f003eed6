import { totalmem } from 'node:os'
import type { Backend } from '@spikeward/core'
import type { Parts } from './build.js'
import { usageError } from '../usage/usageError.js'

/**
 * Refuses a network that cannot fit: a lower bound of what a step holds (parameters, two moments and an update; the
 * spikes and their tangents of the widest layer), against what the backend may take.
 *
 * @throws CLI_BAD_VALUE
 */
export function checkMemory({ experiment }: Parts, backend: Backend): void {
  const { parameters, rows, widest } = experiment.size
  const needed = 4 * 4 * parameters + 2 * 4 * rows * widest
  const most = Math.min(backend.capabilities.maxTotalBytes, totalmem())
  if (needed <= most) return
  throw usageError(
    'CLI_BAD_VALUE',
    `${parameters} parameters and layers of ${widest} for ${rows} rows need at least ${(needed / 2 ** 30).toFixed(1)} GiB, ` +
      `the backend ${backend.name} has ${(most / 2 ** 30).toFixed(1)} GiB; make the layers, the batch or the time smaller`,
  )
}
