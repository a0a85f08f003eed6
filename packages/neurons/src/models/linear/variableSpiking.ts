import {
  abs,
  choice,
  defineFactory,
  defineOptions,
  either,
  flag,
  mul,
  number,
  opaqueType,
  relu,
  tanh,
} from '@spikeward/core'
import type { NeuronModel, OptionsOf, Tensor } from '@spikeward/core'
import { firingOptions } from '../../firing.js'
import { leakOptions } from '../../leak.js'
import { type Learned, type Learning, learnOption } from '../../learned.js'
import { bipolarIntegrateAndFire } from './bipolarIntegrateAndFire.js'
import type { MembraneState } from './integrateAndFire.js'
import { leakyIntegrateAndFire } from './leakyIntegrateAndFire.js'

/** The activations by name. */
export type ActivationName = 'identity' | 'relu' | 'tanh'

const activations: Record<ActivationName, (x: Tensor) => Tensor> = { identity: (x) => x, relu, tanh }

const options = /* @__PURE__ */ defineOptions(() => ({
  ...leakOptions(),
  ...firingOptions({ reset: 'zero', resetDelay: false, resetDetached: false }),
  /** Membrane before the first step. */
  initialMembrane: number({ default: 0, help: 'membrane before the first step' }),
  learn: learnOption(['beta', 'threshold']),
  /** Whether it fires below −θ too, as {@link bipolarIntegrateAndFire}. Default false. */
  signed: flag({ default: false, help: 'fire below −θ too, and send a value of that sign' }),
  /** φ, by name or your own function, element by element; `identity` by default. */
  activation: either(
    choice(['identity', 'relu', 'tanh'], {
      default: 'identity',
      help: 'activation of the current that a spike sends (φ)',
    }),
    opaqueType('a function of a tensor', (x): x is (x: Tensor) => Tensor => typeof x === 'function'),
  ),
}))

/**
 * Options of {@link variableSpiking}: those of its leaky neuron, and the activation. Reset by default: to zero, not
 * delayed.
 */
export type VariableSpikingOptions<L extends string = never> = Learning<OptionsOf<typeof options>, L>

/**
 * Variable spiking neuron (VSN): a leaky neuron decides when to send, an activation of the current decides what.
 *
 *     c(u) = βu + (1 − β)u₀ + κx,   s = H(c(u) − θ),   y = s φ(x)
 *
 * The order: charge, fire, reset, then the graded output y, in the units of φ(x). y is 0 where the neuron is silent:
 * messages as sparse as spikes. It is not known to be binary, so that what reads it is a dense product. The derivative
 * has both parts, ẏ = ṡ φ(x) + s φ'(x) ẋ, the first by the surrogate.
 *
 * With `signed`, s ∈ {−1, 0, 1} is a spike of either sign, and sends the size of φ(x) with it:
 *
 *     s = H(c(u) − θ) − H(−c(u) − θ),   y = s |φ(x)|
 *
 * Garg & Chakraborty 2023, arXiv 2311.09267, with y = φ(s x) for φ(0) = 0: the same value; its surrogate part is
 * ṡ φ'(sx) x, ours ṡ φ(x), which also holds for φ(0) ≠ 0 and is the same for the identity.
 *
 * @example
 * const model = variableSpiking({ beta: 1, activation: 'tanh' })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.75]), { steps: 4 }, spike(atan()))
 * await outputs.data() // [0, 0.6351, 0, 0.6351]
 */
export const variableSpiking = /* @__PURE__ */ defineFactory(
  {
    kind: 'neuron',
    name: 'variableSpiking',
    aliases: ['variable'],
    summary: 'variable spiking neuron: spikes that carry a value',
    facts: { equation: 'c(u) = βu + (1 − β)u₀ + κx; the output is graded, s φ(x)', use: 'graded spikes' },
    options,
  },
  (read) =>
    <const L extends 'beta' | 'threshold' = never>(
      settings: VariableSpikingOptions<L> = {},
    ): NeuronModel<Learned<L>, MembraneState> => {
      const { activation, signed, learn: _learn, ...gate } = read(settings)
      const activate = typeof activation === 'string' ? activations[activation] : activation
      const learn = settings.learn ?? []
      const gated = signed
        ? bipolarIntegrateAndFire<L>({ ...gate, learn })
        : leakyIntegrateAndFire<L>({ ...gate, learn })
      return {
        ...gated,
        name: 'variableSpiking',
        step(params, before, x, spike) {
          const { state, output } = gated.step(params, before, x, spike)
          const value = activate(x)
          return { state, output: mul(output, signed ? abs(value) : value) }
        },
      }
    },
)
