import { SpikewardError, mul, relu, tanh } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import { firingNames } from '../firing.js'
import { leakNames } from '../leak.js'
import type { Learned } from '../learned.js'
import { checkNames } from '../options.js'
import type { MembraneState } from './integrateAndFire.js'
import { leakyIntegrateAndFire } from './leakyIntegrateAndFire.js'
import type { LeakyIntegrateAndFireOptions } from './leakyIntegrateAndFire.js'

/** The activations by name. */
export type ActivationName = 'identity' | 'relu' | 'tanh'

/** Options of {@link variableSpiking}: those of its leaky neuron. Reset by default: to zero, not delayed. */
export interface VariableSpikingOptions<L extends string = never> extends LeakyIntegrateAndFireOptions<L> {
  /** φ, by name or a function of your own, element by element; `identity` by default. */
  readonly activation?: ActivationName | ((x: Tensor) => Tensor)
}

const activations: Record<ActivationName, (x: Tensor) => Tensor> = { identity: (x) => x, relu, tanh }

/**
 * Variable spiking neuron (VSN): a leaky neuron decides when to send, an activation of the current decides what.
 *
 *     c(u) = βu + (1 − β)u₀ + κx,   s = H(c(u) − θ),   y = s φ(x)
 *
 * The order: charge, fire, reset, then the graded output y, in the units of φ(x). y is 0 where the neuron is silent:
 * messages as sparse as spikes. It is not known to be binary, so that what reads it is a dense product. The derivative
 * has both parts, ẏ = ṡ φ(x) + s φ'(x) ẋ, the first by the surrogate.
 *
 * Garg & Chakraborty 2023, arXiv 2311.09267, with y = φ(s x) for φ(0) = 0: the same value; its surrogate part is
 * ṡ φ'(sx) x, ours ṡ φ(x), which also holds for φ(0) ≠ 0 and is the same for the identity.
 *
 * @example
 * const model = variableSpiking({ beta: 1, activation: 'tanh' })
 * const { outputs } = unroll(model, {}, model.rest([1]), tensor([0.75]), { steps: 4 }, spike(atan()))
 * await outputs.data() // [0, 0.6351, 0, 0.6351]
 */
export function variableSpiking<const L extends 'beta' | 'threshold' = never>(
  options: VariableSpikingOptions<L> = {},
): NeuronModel<Learned<L>, MembraneState> {
  const name = 'variableSpiking'
  checkNames(name, options, [...leakNames, ...firingNames, 'initialMembrane', 'learn', 'activation'])
  const { activation = 'identity', ...gate } = options
  if (typeof activation === 'string' && !Object.hasOwn(activations, activation)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `variableSpiking: activation is ${activation}; the activations are ${Object.keys(activations).join(', ')}; pass one of them or a function`,
    )
  }
  const activate = typeof activation === 'string' ? activations[activation] : activation
  const leaky = leakyIntegrateAndFire<L>({ reset: 'zero', resetDelay: false, resetDetached: false, ...gate })
  return {
    ...leaky,
    name,
    step(params, before, x, spike) {
      const { state, output } = leaky.step(params, before, x, spike)
      return { state, output: mul(output, activate(x)) }
    },
  }
}
