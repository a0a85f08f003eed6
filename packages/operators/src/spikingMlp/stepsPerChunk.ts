/** Target rows (steps · batch) of a chunk. */
const TARGET_ROWS = 16384

/** The largest number of steps in a chunk. */
const MAX_STEPS = 32

/**
 * The smallest number of steps in a chunk for a large batch, as long as the chunk has at most `MAX_ROWS` rows. Neuron
 * states pass through memory between chunks, so that short chunks are slow.
 */
const MIN_STEPS = 8
const MAX_ROWS = 32768

/**
 * Time steps that a spiking MLP computes at once. The result is the requested number, or the number that gives about
 * 16384 rows, spread evenly over `time`; a large batch gets 8 steps, up to 32768 rows. A network with one hidden layer
 * stores no spikes and therefore computes all steps at once.
 *
 * @param layers hidden layers
 * @param requested the `chunk` option
 */
export function stepsPerChunk(time: number, batch: number, layers: number, requested?: number): number {
  if (requested !== undefined) return Math.min(requested, time)
  if (layers === 1) return time
  const least = Math.min(MIN_STEPS, Math.floor(MAX_ROWS / batch))
  const most = Math.max(1, Math.min(MAX_STEPS, time, Math.max(least, Math.floor(TARGET_ROWS / batch))))
  return Math.ceil(time / Math.ceil(time / most))
}
