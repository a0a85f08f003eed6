import type { NeuronModel, Surrogate } from '@spikeward/core'
import * as n from '@spikeward/neurons'
import { pick } from '../usage.js'
import type { Catalogue } from './entry.js'

/** Settings of a neuron; null where the model's own default is meant. */
export type NeuronSettings = { readonly beta: number | null; readonly reset: string | null }

type NeuronEntry = {
  readonly takes: readonly (keyof NeuronSettings)[]
  readonly build: (s: NeuronSettings) => NeuronModel
}

/** What a spike does to the membrane. */
export const resets = { subtract: 'subtract', zero: 'zero', none: 'none' } as const

const options = ({ beta, reset }: NeuronSettings) => ({
  ...(beta === null ? {} : { beta }),
  ...(reset === null ? {} : { reset: pick('reset', reset, resets) }),
})

const withoutLeak = (s: NeuronSettings) => options({ ...s, beta: null })

/** Neuron models. A model is told nothing of its surrogate: that belongs to the spike. */
export const neurons = {
  lif: {
    about: 'leaky integrate and fire: u′ = βu + x, reset after a spike',
    make: { takes: ['beta', 'reset'], build: (s) => n.leakyIntegrateAndFire(options(s)) },
  },
  if: {
    about: 'integrate and fire, no leak',
    make: { takes: ['reset'], build: (s) => n.integrateAndFire(withoutLeak(s)) },
  },
  synaptic: {
    about: 'current-based leaky integrate and fire: the input jumps a decaying synaptic current',
    make: { takes: ['beta', 'reset'], build: (s) => n.synaptic(options(s)) },
  },
  quadratic: {
    about: 'quadratic integrate and fire',
    make: { takes: ['reset'], build: (s) => n.quadraticIntegrateAndFire(withoutLeak(s)) },
  },
  exponential: {
    about: 'exponential integrate and fire',
    make: { takes: ['reset'], build: (s) => n.exponentialIntegrateAndFire(withoutLeak(s)) },
  },
  izhikevich: {
    about: 'quadratic membrane held back by a recovery variable',
    make: { takes: ['reset'], build: (s) => n.izhikevich(withoutLeak(s)) },
  },
  adaptive: {
    about: 'leaky integrate and fire whose threshold every spike raises (ALIF)',
    make: { takes: ['beta', 'reset'], build: (s) => n.adaptiveLeakyIntegrateAndFire(options(s)) },
  },
  adaptiveExponential: {
    about: 'exponential integrate and fire with an adaptation current (AdEx)',
    make: { takes: ['reset'], build: (s) => n.adaptiveExponentialIntegrateAndFire(withoutLeak(s)) },
  },
  resonate: {
    about: 'resonate and fire: a damped oscillator that fires to inputs in its rhythm',
    make: { takes: ['reset'], build: (s) => n.resonateAndFire(withoutLeak(s)) },
  },
  lapicque: {
    about: 'leaky integrate and fire by its circuit, a resistance beside a capacitance',
    make: { takes: ['reset'], build: (s) => n.lapicque(withoutLeak(s)) },
  },
  alpha: {
    about: 'the membrane answers an input with a rise and a fall, a difference of two exponentials',
    make: { takes: ['reset'], build: (s) => n.alpha(withoutLeak(s)) },
  },
  variable: {
    about: 'variable spiking: a leaky neuron decides when to send, an activation of its current what',
    make: { takes: ['beta', 'reset'], build: (s) => n.variableSpiking(options(s)) },
  },
  bipolar: {
    about: 'bipolar integrate and fire: spikes of both signs',
    make: { takes: ['beta', 'reset'], build: (s) => n.bipolarIntegrateAndFire(options(s)) },
  },
} satisfies Catalogue<NeuronEntry>

/** Surrogates: what stands for the derivative of the spike. */
export const surrogates = {
  atan: { about: 'slope of an arctangent, α = 2', make: () => n.atan() },
  fastSigmoid: { about: 'slope of a fast sigmoid, k = 25', make: () => n.fastSigmoid() },
  sigmoid: { about: 'slope of the logistic function, k = 25', make: () => n.sigmoid() },
  gaussian: { about: 'Gaussian density, σ = 0.4', make: () => n.gaussian() },
  steinGaussian: { about: 'Stein’s weak form of the step’s derivative in closed form', make: () => n.steinGaussian() },
  erf: { about: 'slope of an error function, α = 2', make: () => n.erf() },
  triangular: { about: 'triangle of compact support, α = 1', make: () => n.triangular() },
  boxcar: { about: 'boxcar of compact support, α = 1', make: () => n.boxcar() },
  piecewiseExp: { about: 'two-sided exponential, α = 1', make: () => n.piecewiseExp() },
  softSign: { about: 'slope of a soft sign, α = 2', make: () => n.softSign() },
  superSpike: { about: 'SuperSpike, α = 1', make: () => n.superSpike() },
  straightThrough: { about: 'slope 1 everywhere', make: () => n.straightThrough() },
} satisfies Catalogue<() => Surrogate>
