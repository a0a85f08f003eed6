import { SpikewardError } from '../errors.js'
import { jetFlat } from '../interpreters/jetFlat.js'
import { instantiate } from '../primitives/pointwise/pointwise.js'
import { scaleBy } from '../primitives/pointwise/arithmetic.js'
import { type Tree, sameStructure, treeFlatten, treePaths } from '../tensor/tree.js'
import { flattenFunction, restore } from './flat.js'
import { tangentOf } from './jvp.js'

/**
 * The value of `fn` at `primals` and its derivatives along `directions` up to an order, in Taylor mode:
 *
 *     [f(x), ∂_v f(x), ∂_v² f(x), …, ∂_vᵏ f(x)],   ∂_v f = d/dt f(x + t v) at t = 0
 *
 * in one pass with k + 1 coefficients for each value, where k nested calls of {@link jvp} carry 2ᵏ. It is forward mode:
 * it stores no intermediates, and composes with `jvp`, `vjp`, `vmap` and `jit`. Derivatives through spikes use their
 * surrogate slope.
 *
 * @param fn function of trees
 * @param primals its arguments
 * @param directions one direction for each argument, of the same structure, shapes and types
 * @param order k, a whole number of at least 1
 * @throws INVALID_OPTION for an impossible order; SHAPE_MISMATCH
 * @see Griewank & Walther, Evaluating Derivatives, 2008, chapter 13; `jax.experimental.jet`
 * @example const [y, d1, d2] = jet((x) => mul(x, mul(x, x)), [tensor(2)], [tensor(1)], 2)   // 8, 12, 12
 */
export function jet<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  primals: readonly [...A],
  directions: readonly [...A],
  order: number,
): [R, ...R[]] {
  if (!Number.isInteger(order) || order < 1) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `jet: the order is ${order}; it counts derivatives; give a whole number of at least 1`,
    )
  }
  const x = treeFlatten(primals)
  const v = treeFlatten(directions)
  sameStructure(x.structure, v.structure, 'jet: primals and directions')
  const flat = flattenFunction(fn, x.structure)
  const along = x.leaves.map((p, i) => tangentOf('jet', p, v.leaves[i]!, () => treePaths(primals)[i]!))
  const results = jetFlat(flat, x.leaves, along, order)
  let factorial = 1
  const derivatives = Array.from({ length: order }, (_, i) => {
    factorial *= i + 1
    return restore<R>(
      flat,
      results.map((s) => {
        const c = instantiate(s[i + 1]!)
        return factorial === 1 ? c : scaleBy(c, factorial)
      }),
    )
  })
  return [
    restore<R>(
      flat,
      results.map((s) => s[0]),
    ),
    ...derivatives,
  ]
}
