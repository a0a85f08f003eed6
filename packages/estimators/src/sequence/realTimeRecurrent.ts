import { choice, defineFactory, defineOptions, number, onlineRules } from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf } from '@spikeward/core'
import { overSequence, sequenceOf } from './eProp.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** The traces that are carried; see `online` of @spikeward/core. */
  rule: choice(onlineRules, {
    default: 'dRtrl',
    help: `how traces assign errors to earlier steps: ${onlineRules.join(', ')}`,
  }),
  decay: number({
    min: 0,
    max: 1,
    below: true,
    default: 0.9,
    help: 'decay of the averages of esDRtrl, and of the trace of ottt',
  }),
}))

const facts = {
  estimate: '∇θ = Σ_t ∂ℓ_t/∂h_t ∘ ε_t,   ε_t = D_t ε_{t−1} + Df_t ⊗ (x_t, z_{t−1})',
  cost: '3',
  bias: 'that of the rule: `dRtrl` omits the effect of a spike on other neurons through recurrent weights',
  variance: '0',
  use: 'stacks of recurrent layers over long times: memory constant in T',
  plainly:
    'Each connection remembers what its activity did to its neuron, and every error is multiplied by that memory.',
  loss: 'over time',
  needs: 'vjp',
  unbiased: false,
  reverseOverTime: false,
  reverseOverLayers: true,
  weightTransport: 'all',
  withoutTransport: '`eProp(transport=random)`',
  local: 'its own trace, and the error at its neuron',
  memoryInTime: 'constant',
  formsReadout: true,
} satisfies EstimatorFacts

/** Options of {@link realTimeRecurrent}. */
export type RealTimeRecurrentOptions = OptionsOf<typeof options>

/**
 * Real-time recurrent learning with traces that stay small, by a rule of `online` of @spikeward/core: the traces are
 * carried forward with the states of the network, so that the gradient of a sequence needs no reverse pass over time
 * and memory that does not grow with T. The error of a step passes down the layers within that step.
 *
 *     ∇θ = Σ_t ∂ℓ_t/∂h_t ∘ ε_t,   ε_t = D_t ε_{t−1} + Df_t ⊗ (x_t, z_{t−1})
 *
 * h_t are the states of a layer, D_t = ∂h_t/∂h_{t−1} within a neuron, Df_t = ∂h_t/∂a_t for its current a_t, x_t the
 * inputs and z_t the spikes of the layer.
 *
 * - Cost: 3, the step, its traces and the products of the gradient; stored: what the rule stores, for any T.
 * - Bias: that of the rule. Variance: none.
 *
 * Also known as D-RTRL, ES-D-RTRL, OTTT, OSTL.
 *
 * @throws LOSS_WITHOUT_SEQUENCE, NOT_ONLINE, INVALID_OPTION, UNKNOWN_OPTION
 * @see Williams & Zipser 1989, 10.1162/neco.1989.1.2.270; the rules are cited at `online`
 * @example
 * const e = realTimeRecurrent({ rule: 'ottt' })
 * e.name // 'realTimeRecurrent(ottt)'
 */
export const realTimeRecurrent = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'realTimeRecurrent',
    aliases: ['rtrl'],
    summary: 'traces carried forward through recurrent layers, by a rule of `online`: no reverse pass over time',
    guide: [
      {
        when: 'sequences',
        choose: '`realTimeRecurrent`',
        why: 'learns recurrent layers in memory that does not grow with the length of a sequence',
      },
    ],
    options,
    facts,
  },
  (read) =>
    (settings: RealTimeRecurrentOptions = {}): Estimator => {
      const { rule, decay } = read(settings)
      const name = `realTimeRecurrent(${rule})`
      return {
        name,
        needs: 'vjp',
        unbiased: false,
        init: () => ({}),
        estimate(loss, params, state) {
          return { ...overSequence(sequenceOf('realTimeRecurrent', loss), params, { rule, decay }), state }
        },
      }
    },
)
