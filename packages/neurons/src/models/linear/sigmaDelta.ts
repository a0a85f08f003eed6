import {
  add,
  choice,
  defineFactory,
  defineOptions,
  flag,
  mul,
  neg,
  number,
  relu,
  stopGradient,
  sub,
  zeros,
} from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { type Learned, type Learning, coefficient, learnedInit, learnOption } from '../../learned.js'

/** State of sigma–delta units, each of the units' shape: σ, the last value y, what was not sent of its changes. */
export type SigmaDeltaState = {
  readonly sigma: Tensor
  readonly value: Tensor
  readonly residue: Tensor
}

const options = /* @__PURE__ */ defineOptions(() => ({
  /** θ ≥ 0: the least change that is sent. 0 sends every change, which is the dense network. */
  threshold: number({ min: 0, default: 0.01, help: 'least change of the value that is sent (θ)' }),
  activation: choice(['relu', 'identity'], { default: 'relu', help: 'activation of the sum of messages (φ)' }),
  /** True: the derivative of a message is that of the change, sent or not. False: also that of the decision to send. */
  straightThrough: flag({
    default: false,
    help: 'messages have the derivative of the change itself, whether it was sent or not',
  }),
  learn: learnOption(['threshold']),
}))

/** Options of {@link sigmaDelta}. */
export type SigmaDeltaOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Sigma–delta unit: it adds up the messages that it receives, and sends the change of its value when the change exceeds
 * a threshold. A network of such units computes a dense network whose inputs change in time, and works only where they
 * do.
 *
 *     σ ← σ + x,   y = φ(σ),   δ = y − y_old + r,   send δ H(|δ| − θ),   r ← δ − sent,   y_old ← y
 *
 * The current x is W times the messages of the layer below, so that σ = W Σ messages; a constant bias is a message of
 * the first step, or part of the current of that step. The sum of all messages differs from y by less than θ, and θ = 0
 * gives y itself. The output is graded, 0 where the unit is silent.
 *
 * Networks on a grid evaluate the units in one step, since under a constant input a unit sends once: their activation
 * is φ(x) H(φ(x) − θ).
 *
 * The derivative of a message is H δ' + H' δ with the surrogate H' of the spike on both sides, so that thresholds can
 * be learned; with `straightThrough` it is δ', that of the dense network.
 *
 * O'Connor & Welling 2016, arXiv 1611.02024; the equations are those of Lava's sigma–delta process, whose bias is added
 * to σ inside the unit, and which can also add up the errors of silent steps.
 *
 * @example
 * const model = sigmaDelta({ threshold: 0.5 })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.2]), { steps: 6 }, spike(straightThrough()))
 * await outputs.data() // [0, 0, 0.6, 0, 0, 0.6]
 */
export const sigmaDelta = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'sigmaDelta',
    summary: 'sigma–delta unit: sends the change of its value when the change exceeds a threshold',
    facts: {
      equation: 'σ ← σ + x, δ = φ(σ) − y_old + r; the output is graded, δ H(|δ| − θ)',
      use: 'inputs that change in time and in few places',
    },
    options,
  },
  (read) =>
    <const L extends 'threshold' = never>(
      settings: SigmaDeltaOptions<L> = {},
    ): NeuronModel<Learned<L>, SigmaDeltaState> => {
      const { threshold: fixed, activation, straightThrough } = read(settings)
      const learn: readonly L[] = settings.learn ?? []
      const activate = activation === 'relu' ? relu : (x: Tensor): Tensor => x
      return {
        name: 'sigmaDelta',
        sends: 'changes',
        init: (_key, n) => learnedInit(learn, { threshold: fixed }, n),
        rest: (shape, dtype = 'f32') => ({
          sigma: zeros(shape, dtype),
          value: zeros(shape, dtype),
          residue: zeros(shape, dtype),
        }),
        step(params, { sigma: before, value, residue }, x, spike) {
          const sigma = add(before, x)
          const next = activate(sigma)
          const change = add(sub(next, value), residue)
          const threshold = coefficient(params, 'threshold', fixed)
          // One spike for each sign: with |δ| the derivative would have a kink where δ is 0.
          const sends = add(spike(sub(change, threshold)), spike(sub(neg(change), threshold)))
          const message = mul(sends, change)
          const output = straightThrough ? add(change, stopGradient(sub(message, change))) : message
          return { state: { sigma, value: next, residue: sub(change, output) }, output }
        },
      }
    },
)
