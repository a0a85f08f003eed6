import { add, defineFactory, defineOptions, opaque, zeros } from '@spikeward/core'
import type { Estimator, Tensor, TensorLike, Tree } from '@spikeward/core'
import type { Size } from '../shared/estimatorOptions.js'

/** Makes an estimator with a given size of perturbation. */
type EstimatorOfSize<S extends Tree = Tree> = (size: Size) => Estimator<S>

/** A size as a function of the step. */
type SizeSchedule = (step: Tensor) => TensorLike

const isFunction = <F extends EstimatorOfSize | SizeSchedule>(x: unknown): x is F => typeof x === 'function'

/** State of {@link annealed}: the number of estimates so far, and the state of the wrapped estimator. */
export type AnnealedState<S extends Tree> = { readonly step: Tensor; readonly inner: S }

/**
 * An estimator whose size of perturbation follows a schedule:
 *
 *     ĝ_t = e(ε_t),   ε_t = schedule(t),   t the number of estimates so far
 *
 * It is meant for differences of spiking losses: early in training, large steps average over many jumps; at the end,
 * small steps have less bias.
 *
 * - Cost: that of the wrapped estimator. Bias and variance: as the wrapped estimator at that size.
 *
 * @param make the estimator with a size, which is a scalar tensor; name and state must not depend on it
 * @param schedule size as a function of the step, i32 from 0; the schedules of @spikeward/optim fit
 * @throws INVALID_OPTION
 * @see ours
 * @example
 * const e = annealed(
 *   (size) => spsa({ size }),
 *   (step) => div(0.1, add(1, div(cast(step, 'f32'), 1000))),
 * )
 * const { grad, state } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await state.step.item() // 1
 */
export const annealed = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'annealed',
    summary: 'the size of a perturbation follows a schedule',
    facts: { cost: 'none' },
    arguments: /* @__PURE__ */ defineOptions(() => ({
      make: opaque('a function that makes an estimator with a size', isFunction<EstimatorOfSize>, {
        required: true,
        help: 'makes the estimator with a size',
      }),
      schedule: opaque('a function of the step', isFunction<SizeSchedule>, {
        required: true,
        help: 'the size as a function of the step',
      }),
    })),
  },
  (read) =>
    <S extends Tree>(make: EstimatorOfSize<S>, schedule: SizeSchedule): Estimator<AnnealedState<S>> => {
      read({}, { make, schedule })
      const at = (step: Tensor): Estimator<S> => {
        const size = schedule(step)
        return make(typeof size === 'boolean' ? Number(size) : size)
      }
      const first = at(zeros([], 'i32'))
      return {
        name: `annealed(${first.name})`,
        needs: first.needs,
        unbiased: first.unbiased,
        init: (params) => ({ step: zeros([], 'i32'), inner: first.init(params) }),
        estimate(loss, params, state, ctx) {
          const one = at(state.step).estimate(loss, params, state.inner, ctx)
          return { ...one, state: { step: add(state.step, 1), inner: one.state } }
        },
      }
    },
)
