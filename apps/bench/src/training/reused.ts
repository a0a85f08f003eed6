import { Key, add, equal, key as keyOf, rem, where, zeros } from '@spikeward/core'
import type { Estimator, Tensor, Tree } from '@spikeward/core'

/** The number of estimates so far, the key in use, and the state of the wrapped estimator. */
type ReusedState<S extends Tree> = { readonly step: Tensor; readonly key: Key; readonly inner: S }

/**
 * The same random directions for `count` estimates in a row: the wrapped estimator gets the key of the first of them,
 *
 *     ĝ_t = e(θ_t; key_s),   s = n ⌊t/n⌋,   t the number of estimates so far.
 *
 * The mean of n such estimates, which the momentum of an optimiser takes, has K directions instead of nK.
 */
export const reused = <S extends Tree>(count: number, e: Estimator<S>): Estimator<ReusedState<S>> => ({
  name: `reused(${count}, ${e.name})`,
  needs: e.needs,
  unbiased: e.unbiased,
  init: (params) => ({ step: zeros([], 'i32'), key: keyOf(0), inner: e.init(params) }),
  estimate(loss, params, state, ctx) {
    const draw = equal(rem(state.step, count), 0)
    const key = new Key(where(draw, ctx.key.words, state.key.words))
    const one = e.estimate(loss, params, state.inner, { key })
    return { ...one, state: { step: add(state.step, 1), key, inner: one.state } }
  },
})
