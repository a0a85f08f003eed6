import { currentInterpreter, withInterpreter } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import { Checkpoint } from '../interpreters/checkpoint.js'
import { type Tree, treeFlatten } from '../tensor/tree.js'
import { flattenFunction, restore } from './flat.js'

/** Options of {@link checkpoint}. */
export interface CheckpointOptions {
  /**
   * Time steps of a segment, at least 1; default √T, which needs the least memory. A network that advances by chunks
   * of several steps uses the nearest number of chunks. From T on, scans are not cut.
   */
  readonly every?: number
}

/**
 * Cuts the scans of `fn` over time into segments for reverse mode. Values and derivatives are the same, up to the order
 * in which a gradient is summed. Reverse mode otherwise stores the intermediates of every step; here it stores the
 * carry c at the start of each segment, and the reverse pass recomputes the segment:
 *
 *     forward:  c_{i+1} = steps(c_i),   i = 0 … T/n − 1,        stored: T/n carries
 *     reverse:  for i = T/n − 1 … 0: run steps(c_i), then its transpose,  stored: n steps
 *
 * Memory grows as T/n + n, that is √T for n = √T, at the cost of a second forward pass. The sequences that a scan reads
 * and writes are stored in any case. Only the outermost scans are cut. Forward mode and `vmap` are not affected.
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
      `checkpoint: every is ${every}; it is the number of time steps of a segment, a whole number of at least 1; leave it out for the square root of their number`,
    )
  }
  return (...args) => {
    const { leaves, structure } = treeFlatten(args)
    const flat = flattenFunction(fn, structure)
    const outs = withInterpreter(new Checkpoint(currentInterpreter(), every), () => flat(...leaves))
    return restore<R>(flat, outs)
  }
}
