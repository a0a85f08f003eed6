import {
  add,
  cast,
  clip,
  defineFactory,
  defineOptions,
  div,
  greater,
  mul,
  number,
  sqrt,
  square,
  sum,
  treeLeaves,
  treeMap,
  where,
} from '@spikeward/core'
import type { Optimizer, Stateless, Tensor, Tree } from '@spikeward/core'
import { widest } from './scale.js'

/** √Σ g² over all tensors of a tree; a scalar of the widest type among them. */
export function globalNorm(tree: Tree): Tensor {
  const dtype = widest(tree)
  return sqrt(
    treeLeaves(tree)
      .map((g) => cast(sum(square(g)), dtype))
      .reduce((a, b) => add(a, b)),
  )
}

const limitArgument = /* @__PURE__ */ defineOptions(() => ({
  limit: number({ min: 0, above: true, required: true, help: 'largest length or entry (c)' }),
}))

/**
 * Shortens a gradient that is too long: u = g·min(1, c/‖g‖), ‖g‖ over all tensors together. The direction stays.
 *
 * @param limit c > 0
 * @throws INVALID_OPTION
 * @see Pascanu, Mikolov & Bengio 2012 (1211.5063)
 * @example const optimizer = chain(clipByGlobalNorm(1), adam(1e-3))
 */
export const clipByGlobalNorm = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'clipByGlobalNorm',
    summary: 'a gradient that is too long is shortened',
    facts: { update: 'g·min(1, c/‖g‖)', state: 'none' },
    arguments: limitArgument,
  },
  (read) =>
    (limit: number): Optimizer<Stateless> => {
      read({}, { limit })
      return {
        name: `clipByGlobalNorm(${limit})`,
        init: () => ({}),
        update(grad, state) {
          const length = globalNorm(grad)
          const factor = where(greater(length, limit), div(limit, length), 1)
          return { updates: treeMap((g) => mul(g, cast(factor, g.dtype)), grad), state }
        },
      }
    },
)

/**
 * Clips every entry: u = min(max(g, −c), c). The direction changes.
 *
 * @param limit c > 0
 * @throws INVALID_OPTION
 */
export const clipByValue = /* @__PURE__ */ defineFactory(
  {
    kind: 'transform',
    name: 'clipByValue',
    summary: 'every entry of a gradient is clipped',
    facts: { update: 'each entry within [−c, c]', state: 'none' },
    arguments: limitArgument,
  },
  (read) =>
    (limit: number): Optimizer<Stateless> => {
      read({}, { limit })
      return {
        name: `clipByValue(${limit})`,
        init: () => ({}),
        update: (grad, state) => ({ updates: treeMap((g) => clip(g, -limit, limit), grad), state }),
      }
    },
)
