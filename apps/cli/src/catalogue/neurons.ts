import type { NeuronModel, Tree } from '@spikeward/core'
import * as n from '@spikeward/neurons'
import { guardNeuron } from '../plugins/guardNeuron.js'
import { callFactory, loadFactory } from '../plugins/loadFactory.js'
import { isExternal, referenceOf } from '../plugins/reference.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import type { Catalogue } from './entry.js'
import { parseExpression } from './expression.js'
import type { Expression } from './expression.js'

/** Settings of a neuron; null where the model's own default is meant. */
export type NeuronSettings = { readonly beta: number | null; readonly reset: string | null }

type Named = { readonly [name: string]: Tree }

/** A neuron model by its factory, which checks its options itself, and the shared settings that it takes. */
export type NeuronEntry = {
  readonly of: (options: object) => NeuronModel<Named, Named>
  readonly takes: readonly (keyof NeuronSettings)[]
}

/** What a spike does to the membrane. */
export const resets = { subtract: 'subtract', zero: 'zero', none: 'none' } as const

/**
 * Neuron models. A model is told nothing of its surrogate: that belongs to the spike. Options that are no shared setting
 * are given in parentheses: `lif(threshold=0.5, learn=[beta])`.
 */
export const neurons = {
  lif: {
    about: 'leaky integrate and fire: u′ = βu + x, reset after a spike',
    make: { of: n.leakyIntegrateAndFire, takes: ['beta', 'reset'] },
  },
  if: { about: 'integrate and fire, no leak', make: { of: n.integrateAndFire, takes: ['reset'] } },
  plif: {
    about: 'parametric leaky integrate and fire: each layer learns its time constant',
    make: { of: n.parametricLeakyIntegrateAndFire, takes: ['reset'] },
  },
  synaptic: {
    about: 'current-based leaky integrate and fire: the input jumps a decaying synaptic current',
    make: { of: n.synaptic, takes: ['beta', 'reset'] },
  },
  quadratic: {
    about: 'quadratic integrate and fire',
    make: { of: n.quadraticIntegrateAndFire, takes: ['reset'] },
  },
  exponential: {
    about: 'exponential integrate and fire',
    make: { of: n.exponentialIntegrateAndFire, takes: ['reset'] },
  },
  izhikevich: {
    about: 'quadratic membrane held back by a recovery variable',
    make: { of: n.izhikevich, takes: ['reset'] },
  },
  adaptive: {
    about: 'leaky integrate and fire whose threshold every spike raises (ALIF)',
    make: { of: n.adaptiveLeakyIntegrateAndFire, takes: ['beta', 'reset'] },
  },
  adaptiveExponential: {
    about: 'exponential integrate and fire with an adaptation current (AdEx)',
    make: { of: n.adaptiveExponentialIntegrateAndFire, takes: ['reset'] },
  },
  resonate: {
    about: 'resonate and fire: a damped oscillator that fires to inputs in its rhythm',
    make: { of: n.resonateAndFire, takes: ['reset'] },
  },
  lapicque: {
    about: 'leaky integrate and fire by its circuit, a resistance beside a capacitance',
    make: { of: n.lapicque, takes: ['reset'] },
  },
  alpha: {
    about: 'the membrane answers an input with a rise and a fall, a difference of two exponentials',
    make: { of: n.alpha, takes: ['reset'] },
  },
  variable: {
    about: 'variable spiking: a leaky neuron decides when to send, an activation of its current what',
    make: { of: n.variableSpiking, takes: ['beta', 'reset'] },
  },
  bipolar: {
    about: 'bipolar integrate and fire: spikes of both signs',
    make: { of: n.bipolarIntegrateAndFire, takes: ['beta', 'reset'] },
  },
} satisfies Catalogue<NeuronEntry>

/** What stands around a neuron model: `recurrent(lif, gain=0.5)`. */
export const neuronCombinators = {
  recurrent: {
    about: 'each neuron of a layer driven by the last spikes of all: recurrent(lif, gain=1)',
    make: n.recurrent,
  },
} satisfies Catalogue<(model: NeuronModel<Named, Named>, options: object) => NeuronModel<Named, Named>>

const read = (text: string): Expression => parseExpression('neuron', text)

/** The neuron inside: of `recurrent(lif)` it is `lif`. */
function innerOf(e: Expression): Expression {
  const [inner, ...more] = e.args
  if (!Object.hasOwn(neuronCombinators, e.name)) {
    if (inner === undefined) return e
    throw usageError('CLI_USAGE', `the neuron ${e.name} takes options, such as (threshold=0.5), and nothing else`)
  }
  if (typeof inner === 'object' && more.length === 0) return inner
  throw usageError('CLI_USAGE', `${e.name} stands around a neuron model; write it like ${e.name}(lif)`)
}

/**
 * Which of the shared settings a neuron takes; none of a package's, whose options stand in parentheses.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE
 */
export function neuronTakes(text: string): readonly (keyof NeuronSettings)[] {
  const { name } = innerOf(read(text))
  return isExternal(name) ? [] : pick<{ readonly make: NeuronEntry }>('neuron', name, neurons).make.takes
}

/**
 * The neuron model of a name: `lif`, `lif(threshold=0.5)`, `recurrent(lif)`, `package#name`. An option in parentheses
 * stands above a setting.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE; those of the factories
 */
export async function makeNeuron(text: string, { beta, reset }: NeuronSettings): Promise<NeuronModel> {
  const whole = read(text)
  const inner = innerOf(whole)
  const settings: Record<keyof NeuronSettings, unknown> = {
    beta,
    reset: reset === null ? null : pick('reset', reset, resets),
  }
  const shared = (['beta', 'reset'] as const).filter((name) => settings[name] !== null)
  const options = (taken: readonly (keyof NeuronSettings)[]): object => ({
    ...Object.fromEntries(shared.filter((name) => taken.includes(name)).map((name) => [name, settings[name]])),
    ...inner.options,
  })
  const made = isExternal(inner.name)
    ? await loadNeuron(inner.name, options(shared))
    : pick<{ readonly make: NeuronEntry }>('neuron', inner.name, neurons).make.of(options(neuronTakes(text)))
  return whole === inner ? made : pick('neuron', whole.name, neuronCombinators).make(made, whole.options)
}

async function loadNeuron(name: string, options: object): Promise<NeuronModel<Named, Named>> {
  const plugin = referenceOf('neuron', name)
  return guardNeuron(plugin, await callFactory(plugin, await loadFactory(plugin), { ...options }))
}
