import { jit, scope, tensor } from '@spikeward/core'
import type { ShareOut, Tensor, Tree, Variables } from '@spikeward/core'
import { floatTypeOf } from '../evaluation/evaluate.js'
import type { SharedCallback } from './fitOptions.js'
import type { TrainState } from './trainStep.js'

type Given<F extends Tree, D extends Tree> = { readonly fixed: F; readonly data: D }

/** Runs a callback in parts that are distributed over several processes. */
export function shareCallback<P extends Tree, F extends Tree, D extends Tree>(
  callback: SharedCallback<P, F, D>,
  share: ShareOut,
) {
  type Before = Pick<TrainState<P>, 'trained'>
  const variables = ({ trained }: Before, { fixed }: Given<F, D>): Variables<P, F> => ({ trained, fixed })
  const prepare = jit((s: Before, g: Given<F, D>) => callback.prepare(variables(s, g), g.data))
  const measure = jit((s: Before, g: Given<F, D>, index: Tensor, prepared: readonly Tensor[]) =>
    callback.part(variables(s, g), g.data, index, prepared),
  )
  const solve = jit(
    (s: TrainState<P>, g: Given<F, D>, merged: Tensor, prepared: readonly Tensor[]): TrainState<P> => ({
      ...s,
      trained: callback.finish(variables(s, g), g.data, merged, prepared),
    }),
    { donate: [0] },
  )
  return {
    async run(state: TrainState<P>, given: Given<F, D>): Promise<TrainState<P>> {
      const { trained } = state
      const dtype = callback.dtype ?? floatTypeOf(trained)
      const prepared = await prepare.async({ trained }, given)
      try {
        const sums = await share(callback.parts, async (i) => {
          const index = tensor(i, { dtype: 'u32' })
          const out = await measure.async({ trained }, given, index, prepared)
          const numbers = new Float64Array(await out.data())
          out.dispose()
          index.dispose()
          return numbers
        })
        const merged = scope(() => tensor(callback.merge(sums), { dtype }))
        const next = await solve.async(state, given, merged, prepared)
        merged.dispose()
        return next
      } finally {
        prepared.forEach((t) => t.dispose())
      }
    },
    dispose(): void {
      prepare.dispose()
      measure.dispose()
      solve.dispose()
    },
  }
}
