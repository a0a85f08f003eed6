import type { Facts, NeuronModel, Options, Surrogate } from '@spikeward/core'
import { guard } from '../../plugins/guard.js'
import { filledOptions, makeByName } from '../make.js'
import type { OptionValues } from '../optionValues.js'
import type { SpikeOptions } from '@spikeward/neurons'
import type { Expression } from '../notation/expression.js'
import { loadNest, makeAhead, makeNode, nestings } from '../notation/nested.js'

const { neuron: nesting } = nestings

export type SpikingModel = { readonly model: NeuronModel; readonly spikeOptions: SpikeOptions }

const isConvention = (value: unknown): value is SpikingModel =>
  typeof value === 'object' && value !== null && 'model' in value && 'spikeOptions' in value

/** A model that a text names: what its declaration states of it, and the values of all its options. */
export type DeclaredModel = {
  readonly facts: Facts
  readonly options: Options
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * The models of a text as they are declared: of `recurrent(lif)` first `recurrent`, then `lif`. Null for a package's
 * model without a declaration.
 */
export async function declaredModels(text: string, values: OptionValues): Promise<readonly (DeclaredModel | null)[]> {
  const { factories, resolve } = await loadNest(text, nesting, values)
  return [...factories].map(([e, { factory }]) => {
    if (factory === null) return null
    const { facts, options } = factory.declaration
    return { facts, options, values: filledOptions(factory, values, e.options, resolve) }
  })
}

/**
 * The neuron model of a name: `lif`, `lif(threshold=0.5)`, `recurrent(lif)`, `snnTorchLeaky(beta=0.9)`, `package#name`.
 * An option in parentheses overrides a flag.
 */
export async function makeSpikingModel(text: string, values: OptionValues = {}): Promise<SpikingModel> {
  const nest = await loadNest(text, nesting, values)
  const ahead = await makeAhead(nest, nesting, values)
  let spikeOptions: SpikeOptions = {}
  const make = (e: Expression): unknown => {
    const neuron = ahead.get(e) ?? makeNode(e, nest, nesting, values, {}, make)
    if (!isConvention(neuron)) return neuron
    spikeOptions = neuron.spikeOptions
    return neuron.model
  }
  return { model: make(nest.whole) as NeuronModel, spikeOptions }
}

export const makeNeuron = async (text: string, values: OptionValues = {}): Promise<NeuronModel> =>
  (await makeSpikingModel(text, values)).model

export async function makeSurrogate(text: string, values: OptionValues = {}): Promise<Surrogate> {
  const { made, named } = await makeByName('surrogate', text, values)
  return named.plugin === null ? (made as Surrogate) : guard('surrogate', named.plugin, made)
}
