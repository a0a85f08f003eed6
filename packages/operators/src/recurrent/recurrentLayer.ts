import {
  SpikewardError,
  add,
  affine,
  exp,
  key as keyOf,
  mul,
  neuronOption,
  normal,
  number,
  opaque,
  treeLeaves,
  zeros,
} from '@spikeward/core'
import type { Affine, Key, NeuronModel, Spike, Tensor, Tree } from '@spikeward/core'

const isSpike = (x: unknown): x is Spike => typeof x === 'function'

/**
 * Options of every layer of recurrent spiking neurons, with the defaults of the leak of its readouts and of the gain of
 * its recurrent weights.
 */
/* @__NO_SIDE_EFFECTS__ */
export const recurrentOptions = (defaults: { readonly readoutLeak: number; readonly gain: number }) => ({
  /** A pointwise model: recurrent weights are the network's own. */
  neuron: neuronOption({ required: true, help: 'the neurons of the layers' }),
  /** The spike with its surrogate, such as `spike(atan())`. */
  spike: opaque('a spike, such as spike(atan())', isSpike, { required: true, help: 'spike with its surrogate' }),
  /** κ: a readout follows the spikes over about 1/(1 − κ) steps. */
  readoutLeak: number({ min: 0, max: 1, below: true, default: defaults.readoutLeak, help: 'leak of the readouts (κ)' }),
  /** Gain of the initial recurrent weights, which are N(0, gain²/n). */
  gain: number({ min: 0, default: defaults.gain, help: 'gain of the initial recurrent weights, N(0, gain²/n)' }),
})

/**
 * Parameters of a recurrent layer: input weights, recurrent weights [n, n] and the coefficients of the neurons, if the
 * model has any.
 */
export type RecurrentParams = { readonly input: Affine; readonly recurrent: Tensor; readonly neurons: Tree }

/** State of a recurrent layer: of its neurons, their spikes z and their filtered spikes r, [samples, n]. */
export type RecurrentState = { readonly neurons: Tree; readonly spikes: Tensor; readonly rates: Tensor }

/** The state before the first step. */
export const restOf = (neuron: NeuronModel, samples: number, n: number): RecurrentState => ({
  neurons: neuron.rest([samples, n]),
  spikes: zeros([samples, n]),
  rates: zeros([samples, n]),
})

/** The initial recurrent weights, N(0, gain²/n). */
export const recurrentWeight = (key: Key, n: number, gain: number): Tensor =>
  mul(normal(key, [n, n]), gain / Math.sqrt(n))

/**
 * One step of a recurrent layer:
 *
 *     a_t = x_t W + z_{t−1} V + b,   (state_t, z_t) = neuron(state_{t−1}, a_t),   r_t = κ r_{t−1} + (1 − κ) z_t
 *
 * With `elapsed`, Δt [samples, 1], the leaks of the neurons and of the readout are β^Δt and κ^Δt; a spike adds 1 − κ.
 */
export const recurrentStep =
  ({
    neuron,
    spike,
    readoutLeak: leak,
  }: {
    readonly neuron: NeuronModel
    readonly spike: Spike
    readonly readoutLeak: number
  }) =>
  (p: RecurrentParams, { neurons, spikes, rates }: RecurrentState, x: Tensor, elapsed?: Tensor): RecurrentState => {
    const current = add(affine(p.input, x), affine({ weight: p.recurrent }, spikes))
    const next = neuron.step(p.neurons, neurons, current, spike, elapsed)
    const left = elapsed === undefined ? leak : exp(mul(elapsed, Math.log(leak)))
    return {
      neurons: next.state,
      spikes: next.output,
      rates: add(mul(rates, left), mul(next.output, 1 - leak)),
    }
  }

/**
 * Throws INVALID_OPTION for neurons with weights between them: learned coefficients act on one neuron each, or equally
 * on all.
 */
export function checkPointwise(name: string, neuron: NeuronModel): void {
  if (treeLeaves(neuron.init(keyOf(0), 2)).every((t) => t.ndim <= 1)) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${name}: ${neuron.name} has its own weights between neurons, in addition to those of the network; give a pointwise model, such as leakyIntegrateAndFire()`,
  )
}

/** Throws INVALID_OPTION for neurons whose leak knows no length of a step. */
export function checkElapses(name: string, neuron: NeuronModel): void {
  if (neuron.elapses === true) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${name}: ${neuron.name} has no step of another length, which \`elapsed\` gives it; give a neuron that declares \`elapses\`, such as leakyIntegrateAndFire(), or leave elapsed out`,
  )
}
