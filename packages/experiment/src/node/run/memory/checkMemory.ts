import { totalmem } from 'node:os'
import type { Backend } from '@spikeward/core'
import type { TrainConfig } from '../../../config/trainConfig.js'
import { usageError } from '../../../usage/usageError.js'
import type { Parts } from '../../../run/buildParts.js'
import { memoryOf } from '../../../run/memory/memoryOf.js'

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1)

/** A run takes less than this many times the lower bound of its memory, for each time step and each direction. */
const MARGIN = 32

/**
 * A lower bound of the memory of a run: parameters, two moments and an update; the spikes and their tangents of the
 * widest layer; the Gram matrix of a ridge regression, its regularised copy and its inverse.
 */
export function minMemory({ experiment }: Parts): { readonly step: number; readonly solve: number } {
  const { parameters, rows, widest, solved } = experiment.size
  return {
    step: 4 * 4 * parameters + 2 * 4 * rows * widest,
    solve: experiment.callbacks.length > 0 ? 3 * 4 * solved ** 2 : 0,
  }
}

/**
 * The most copies of a step's tensors: a reverse pass stores every time step, and an option of the estimator may ask
 * for several directions at once.
 */
const multiplesOf = ({ estimatorOptions, time }: TrainConfig): number =>
  Object.values(estimatorOptions).reduce<number>((n, v) => (typeof v === 'number' && v > 1 ? n * v : n), time)

/** Whether a run is so small that its memory needs no count, which takes some tenths of a second. */
export function isSmall(parts: Parts, config: TrainConfig, most: number): boolean {
  const { step, solve } = minMemory(parts)
  return MARGIN * multiplesOf(config) * (step + solve) < most
}

/**
 * Refuses a run that will hardly fit into the memory of the backend: compares what the run will allocate
 * ({@link memoryOf}) with what the backend has. A run may need a fifth less than the count, so a run that would just
 * fit may be refused; the user can ask for a note instead. A run whose lower bound exceeds the memory is refused
 * without a count.
 *
 * @param note writes the note of a run that begins all the same; null: such a run is refused
 * @throws CLI_BAD_VALUE
 */
export async function checkMemory(
  parts: Parts,
  config: TrainConfig,
  backend: Backend,
  note: ((text: string) => void) | null,
): Promise<void> {
  const most = Math.min(backend.capabilities.maxTotalBytes, totalmem())
  if (isSmall(parts, config, most)) return
  const { parameters, rows, widest } = parts.experiment.size
  const least = minMemory(parts)
  // The tensors of a run that is far too large cannot be described, so they are not counted.
  const counted = least.step + least.solve <= most
  const { start, training, solve, baseline } = counted
    ? await memoryOf(parts, backend)
    : { start: 0, training: least.step, solve: least.solve, baseline: 0 }
  if (Math.max(start, training, solve, baseline) <= most) return
  const needs = [
    [Math.max(start, training), 'training'],
    [solve, 'a solve of the readout'],
    [baseline, 'the ridge baseline'],
  ] as const
  const what =
    `${parameters} parameters and layers of ${widest} for ${rows} rows: ` +
    `${needs
      .filter(([bytes]) => bytes > 0)
      .map(([bytes, what]) => `${what} ${counted ? 'is counted at' : 'needs at least'} ${gib(bytes)} GiB`)
      .join(', ')}; the backend ${backend.name} has ${gib(most)} GiB` +
    `${counted ? ', and may hold a fifth less than the count' : ''}`
  if (note !== null) return note(`note: ${what}\n`)
  throw usageError(
    'CLI_BAD_VALUE',
    `${what}; make the layers, the batch, the time or the number of directions smaller` +
      `${solve > most ? ', or give --readout-solve 0' : ''}; with --no-memory-check the run begins all the same`,
  )
}
