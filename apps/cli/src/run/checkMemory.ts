import { totalmem } from 'node:os'
import type { Backend } from '@spikeward/core'
import type { Parts } from './buildParts.js'
import { usageError } from '../usage/usageError.js'

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1)

/**
 * Refuses a network that cannot fit: compares a lower bound of the memory of a step (parameters, two moments and an
 * update; the spikes and their tangents of the widest layer) and of a readout solve with the memory available to the
 * backend. The ridge baseline is not counted: it is skipped if the readout is that wide.
 *
 * @throws CLI_BAD_VALUE
 */
export function checkMemory({ experiment }: Parts, backend: Backend): void {
  const { parameters, rows, widest, solved } = experiment.size
  const step = 4 * 4 * parameters + 2 * 4 * rows * widest
  // The Gram matrix, its regularised copy and its inverse.
  const solves = experiment.callbacks.length > 0 ? 3 * 4 * solved ** 2 : 0
  const needed = step + solves
  const most = Math.min(backend.capabilities.maxTotalBytes, totalmem())
  if (needed <= most) return
  throw usageError(
    'CLI_BAD_VALUE',
    `${parameters} parameters and layers of ${widest} for ${rows} rows need at least ${gib(step)} GiB` +
      `${solves > 0 ? `, and a solve of the readout ${gib(solves)} GiB` : ''}; the backend ${backend.name} has ${gib(most)} GiB; ` +
      `make the layers, the batch or the time smaller${solves > 0 ? ', or give --readout-solve 0' : ''}`,
  )
}
