import {
  SpikewardError,
  add,
  cast,
  collect,
  defineFactory,
  defineOptions,
  div,
  mean,
  mul,
  number,
  square,
  sub,
} from '@spikeward/core'
import type { Estimator, Loss, OptionsOf, Tree } from '@spikeward/core'
import { innerArgument } from '../shared/estimatorOptions.js'

const target = /* @__PURE__ */ defineOptions(() => ({
  ...innerArgument,
  rate: number({ min: 0, max: 1, required: true, help: 'spikes of a neuron in a step, on average (ρ)' }),
}))

const options = /* @__PURE__ */ defineOptions(() => ({
  /** λ > 0: what the loss pays for a distance of 1. Default 1. */
  weight: number({ min: 0, above: true, default: 1, help: 'weight of the penalty (λ)' }),
}))

/** Options of {@link targetRate}. */
export type TargetRateOptions = OptionsOf<typeof options>

/**
 * The estimate for a loss that also asks each layer for a rate of spikes:
 *
 *     ĝ = estimate of ∇(ℓ + λ (1/L) Σ_l (r̄_l − ρ)²),   r̄_l the mean spikes of layer l over neurons, samples and steps
 *
 * The derivative passes through the spikes by their surrogate, forward or in reverse, as that of the loss does; the
 * value is that of the sum. Layers are those whose spikes `collect` finds, of any network and any task.
 *
 * - Cost: that of the wrapped estimator, and a mean of each layer. Bias: that of the wrapped estimator, and the gradient of
 *   the penalty (`unbiased` is false). Variance: as the wrapped estimator.
 *
 * @throws INVALID_OPTION; LAYERS_UNSUITABLE if the loss has no layer of spikes; LOSS_WITHOUT_PARTS if the wrapped
 *   estimator needs the parts of the loss, such as its residuals
 * @see Zenke & Vogels 2021 (10.1162/neco_a_01367) for penalties on the activity of layers
 * @example
 * const e = targetRate(rfg(), 0.05, { weight: 10 })
 * e.unbiased // false
 */
export const targetRate = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'targetRate',
    summary: 'the loss also asks each layer for a rate of spikes',
    facts: { cost: 'a mean of each layer' },
    arguments: target,
    options,
  },
  (read) =>
    <S extends Tree>(inner: Estimator<S>, rate: number, settings: TargetRateOptions = {}): Estimator<S> => {
      const { weight } = read(settings, { inner, rate })
      const penalised =
        <P extends Tree>(loss: Loss<P>): Loss<P> =>
        (params) => {
          const [value, spikes] = collect(loss, { at: 'spikes' })(params)
          const distances = Object.values(spikes).map((s) => square(sub(mean(s), rate)))
          if (distances.length === 0)
            throw new SpikewardError(
              'LAYERS_UNSUITABLE',
              'targetRate: the loss has no layer of spikes whose rate could have a target; train a network that spikes, or leave the combinator out',
            )
          const total = distances.reduce((a, b) => add(a, b))
          return add(value, cast(mul(div(total, distances.length), weight), value.dtype))
        }
      return {
        ...inner,
        name: `targetRate(${inner.name}, ${rate})`,
        unbiased: false,
        estimate: (loss, params, state, ctx) => inner.estimate(penalised(loss), params, state, ctx),
      }
    },
)
