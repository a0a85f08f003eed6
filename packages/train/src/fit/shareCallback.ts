import { jit, scope, tensor } from '@spikeward/core'
import type { ShareOut, Tensor, Tree } from '@spikeward/core'
import { floatTypeOf } from '../evaluation/evaluate.js'
import type { SharedCallback } from './fitOptions.js'
import type { TrainState } from './trainStep.js'

type Given<F extends Tree, D extends Tree> = { readonly fixed: F; readonly data: D }

/** Runs a callback in parts that several processes share out. */
export function shareCallback<P extends Tree, F extends Tree, D extends Tree>(
  { parts, part, merge, finish }: SharedCallback<P, F, D>,
  share: ShareOut,
) {
  const measure = jit((s: Pick<TrainState<P>, 'trained'>, g: Given<F, D>, index: Tensor) =>
    part({ trained: s.trained, fixed: g.fixed }, g.data, index),
  )
  const solve = jit(
    (s: TrainState<P>, g: Given<F, D>, merged: Tensor): TrainState<P> => ({
      ...s,
      trained: finish({ trained: s.trained, fixed: g.fixed }, g.data, merged),
    }),
    { donate: [0] },
  )
  return {
    async run(state: TrainState<P>, given: Given<F, D>): Promise<TrainState<P>> {
      const { trained } = state
      const dtype = floatTypeOf(trained)
      const sums = await share(parts, async (i) => {
        const index = tensor(i, { dtype: 'u32' })
        const out = await measure.async({ trained }, given, index)
        const numbers = Float64Array.from(await out.data(), Number)
        out.dispose()
        index.dispose()
        return numbers
      })
      const merged = scope(() => tensor(merge(sums), { dtype }))
      const next = await solve.async(state, given, merged)
      merged.dispose()
      return next
    },
    dispose(): void {
      measure.dispose()
      solve.dispose()
    },
  }
}
