import { add, cast, clip, div, greater, mul, sqrt, square, sum, treeLeaves, treeMap, where } from '@spikeward/core'
import type { Optimizer, Tensor, Tree } from '@spikeward/core'
import { checkNumber } from './options.js'
import { widest } from './scale.js'
import type { Stateless } from './scale.js'

/** √Σ g² over all tensors of a tree; a scalar of the widest type among them. */
export function globalNorm(tree: Tree): Tensor {
  const dtype = widest(tree)
  return sqrt(
    treeLeaves(tree)
      .map((g) => cast(sum(square(g)), dtype))
      .reduce((a, b) => add(a, b)),
  )
}

/**
 * Shortens what is too long: u = g·min(1, c/‖g‖), ‖g‖ over all tensors together. The direction stays.
 *
 * @param limit c > 0
 * @throws INVALID_OPTION
 * @see Pascanu, Mikolov & Bengio 2012 (1211.5063)
 * @example const optimizer = chain(clipByGlobalNorm(1), adam(1e-3))
 */
export function clipByGlobalNorm(limit: number): Optimizer<Stateless> {
  checkNumber('clipByGlobalNorm', 'limit', limit, 'positive')
  return {
    name: `clipByGlobalNorm(${limit})`,
    init: () => ({}),
    update(grad, state) {
      const length = globalNorm(grad)
      const factor = where(greater(length, limit), div(limit, length), 1)
      return { updates: treeMap((g) => mul(g, cast(factor, g.dtype)), grad), state }
    },
  }
}

/**
 * Clips every entry: u = min(max(g, −c), c). The direction changes.
 *
 * @param limit c > 0
 * @throws INVALID_OPTION
 */
export function clipByValue(limit: number): Optimizer<Stateless> {
  checkNumber('clipByValue', 'limit', limit, 'positive')
  return {
    name: `clipByValue(${limit})`,
    init: () => ({}),
    update: (grad, state) => ({ updates: treeMap((g) => clip(g, -limit, limit), grad), state }),
  }
}
