import { currentInterpreter, withInterpreter } from '../interpreters/currentInterpreter.js'
import { Smooth } from '../interpreters/smooth.js'
import type { Tree } from '../tensor/tree.js'
import { treeFlatten } from '../tensor/tree.js'
import { flattenFunction, restore } from './flat.js'

/**
 * `fn` with every spike replaced by the smooth function whose derivative is the spike's surrogate slope:
 *
 *     Φ(u) = ½ + ∫₀ᵘ slope(s) ds   in place of   H(u),      Φ′(u) = slope(u)
 *
 * The derivative of the result is a true derivative, which finite differences can check; it takes the rules and the
 * slopes that training takes, at spikes that are numbers between 0 and 1. A spike is a `customJvp` of one argument that
 * gives zeros and ones; any other `customJvp` stays, so that a rule which does not fit its function shows. Derivatives
 * pass `stopGradient`, which finite differences do not know. The integral is a sum of 32 terms: the derivative fits to
 * about 1e-3 for smooth slopes, and to a few hundredths for slopes with kinks.
 *
 * @example const d = jvp(smoothSpikes(loss), [params], [v])[1]
 */
export const smoothSpikes =
  <A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R): ((...args: A) => R) =>
  (...args) => {
    const { leaves, structure } = treeFlatten(args)
    const flat = flattenFunction(fn, structure)
    const outs = withInterpreter(new Smooth(currentInterpreter()), () => flat(...leaves))
    return restore<R>(flat, outs)
  }
