import { currentInterpreter, withInterpreter } from '../interpreters/context.js'
import { SpikewardError } from '../errors.js'
import { Checkpoint } from '../interpreters/checkpoint.js'
import type { Tree } from '../tensor/tree.js'
import { treeFlatten } from '../tensor/tree.js'
import { flatten, restore } from './flat.js'

/** Options of {@link checkpoint}. */
export interface CheckpointOptions {
  /**
   * Steps of time a segment, at least 1; default √T, which needs the least. A network that advances by chunks of several
   * steps takes the nearest number of chunks; from T on nothing is cut.
   */
  readonly every?: number
}

/**
 * `fn` with its scans over time cut into segments for reverse mode. Values and derivatives are the same, up to the
 * order in which a gradient is summed. Without it reverse mode keeps what every step computed; with it only the carry
 * c at the start of each segment, and on the way back the segment is run again:
 *
 *     forward:  c_{i+1} = steps(c_i),   i = 0 … T/n − 1,        kept: T/n carries
 *     back:     for i = T/n − 1 … 0: run steps(c_i) and keep it, then its transpose:  kept: n steps
 *
 * Memory grows as T/n + n, with n = √T as √T; the price is the forward pass once more. Sequences that a scan reads or
 * gives are kept as they are. Only the outermost scans are cut; forward mode and `vmap` do not notice.
 *
 * @throws INVALID_ARGUMENT
 * @see Griewank & Walther 2000 (treeverse does with log T at more passes); Chen et al. 2016 (1604.06174), section 4.1
 * @example const [value, g] = valueAndGrad(checkpoint(loss))(params)
 */
export function checkpoint<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  options: CheckpointOptions = {},
): (...args: A) => R {
  const { every = null } = options
  if (every !== null && !(Number.isSafeInteger(every) && every >= 1)) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `checkpoint: every is ${every}; a segment has steps of time, so give a whole number of at least 1, or nothing for the square root of their number`,
    )
  }
  return (...args) => {
    const { leaves, structure } = treeFlatten(args)
    const flat = flatten(fn, structure)
    const outs = withInterpreter(new Checkpoint(currentInterpreter(), every), () => flat(...leaves))
    return restore<R>(flat, outs)
  }
}
