import type { Optimizer, Tree } from '@spikeward/core'

/**
 * Transforms one after another: the updates of each are the gradient of the next. The state is the list of their
 * states.
 *
 * @example const optimizer = chain(clipByGlobalNorm(1), scaleByAdam(), scaleByLearningRate(1e-3))
 */
export function chain<S extends readonly Tree[]>(
  ...transforms: { readonly [I in keyof S]: Optimizer<S[I]> }
): Optimizer<S> {
  const links: readonly Optimizer[] = transforms
  return {
    name: links.map((t) => t.name).join(' → '),
    init: (params) => links.map((t) => t.init(params)) as readonly Tree[] as S,
    update(grad, state, params) {
      let updates = grad
      const next = links.map((t, i) => {
        const out = t.update(updates, state[i]!, params)
        updates = out.updates
        return out.state
      })
      return { updates, state: next as readonly Tree[] as S }
    },
  }
}
