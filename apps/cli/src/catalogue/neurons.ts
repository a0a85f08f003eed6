import type { NeuronModel } from '@spikeward/core'
import { guardNeuron } from '../plugins/guards/guardNeuron.js'
import type { Expression } from './notation/expression.js'
import { loadNest, makeAhead, makeNode, thingsOf } from './notation/nested.js'
import type { Nesting } from './notation/nested.js'
import type { OptionValues } from './optionValues.js'
import type { Thing } from './things.js'

const nesting: Nesting = { kinds: ['neuron', 'neuronCombinator'], guard: guardNeuron }

/** The models of a text: of `recurrent(lif)` first `recurrent`, then `lif`. */
export const neuronThings = (text: string): Promise<readonly Thing[]> => thingsOf(text, nesting)

/**
 * The neuron model of a name: `lif`, `lif(threshold=0.5)`, `recurrent(lif)`, `package#name`. An option in parentheses
 * overrides a flag.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the factories
 */
export async function makeNeuron(text: string, values: OptionValues = {}): Promise<NeuronModel> {
  const nest = await loadNest(text, nesting, values)
  const made = await makeAhead(nest, nesting, values)
  const make = (e: Expression): unknown => made.get(e) ?? makeNode(e, nest, nesting, values, {}, make)
  return make(nest.whole) as NeuronModel
}
