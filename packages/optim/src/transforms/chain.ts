import { type Optimizer, type Tree, defineFactory, defineOptions, optimizersOption } from '@spikeward/core'

const links = /* @__PURE__ */ defineOptions(() => ({
  transforms: optimizersOption({ required: true, help: 'transforms and optimisers, the first sees the gradient' }),
}))

/**
 * Transforms one after another: the updates of each are the gradient of the next. The state is the list of their
 * states.
 *
 * @throws INVALID_OPTION for a value that is not an optimiser
 * @example const optimizer = chain(clipByGlobalNorm(1), scaleByAdam(), scaleByLearningRate(1e-3))
 */
export const chain = /* @__PURE__ */ defineFactory(
  {
    kind: 'optimizer',
    name: 'chain',
    summary: 'transforms one after another, each given the updates of the one before',
    facts: { update: 'b(a(g)) for `chain(a, b)`' },
    arguments: links,
    variadic: true,
  },
  (read) =>
    <S extends readonly Tree[]>(...transforms: { readonly [I in keyof S]: Optimizer<S[I]> }): Optimizer<S> => {
      const { transforms: links } = read({}, { transforms })
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
    },
)
