import { learner } from './learner.js'
import type { LearnedSample, LearnOptions, Sample } from './learner.js'
import type { Tree } from '@spikeward/core'

/**
 * Learns from a stream while it runs: predicts each sample before it learns from it.
 *
 * @param stream samples in the order of time, or lists of samples that are there at once. The next are asked for when the last have been
 *   learned, so that a fast source waits
 * @throws STREAM_SAMPLE, STREAM_CHECKPOINT
 * @example
 * for await (const { prediction, error } of learn(sensor, { network, inputs: 3, outputs: 1, optimizer: adam(1e-3) })) show(prediction, error)
 */
export async function* learn<P extends Tree, S extends Tree>(
  stream: AsyncIterable<Sample | readonly Sample[]> | Iterable<Sample | readonly Sample[]>,
  options: LearnOptions<P, S>,
): AsyncGenerator<LearnedSample, void> {
  const one = await learner(options)
  for await (const found of stream) yield* await one.take('x' in found ? [found] : found)
}
