import { construct } from '@spikeward/core'
import type { NeuronModel } from '@spikeward/core'
import { guardNeuron } from '../plugins/guardNeuron.js'
import { usageError } from '../usage/usageError.js'
import { parseExpression } from './expression.js'
import type { Expression } from './expression.js'
import { factories } from './factories.js'
import { makeThing, resolve } from './make.js'
import { decodeValues } from './optionValues.js'
import type { OptionValues } from './optionValues.js'
import { findThing, knownFactory } from './things.js'
import type { Thing } from './things.js'

/** Both levels of `recurrent(lif)`: the outer model (null where there is none) and the inner one. */
function levelsOf(text: string): { readonly outer: Expression | null; readonly inner: Expression } {
  const whole = parseExpression('neuron', text)
  const [inner, ...more] = whole.args
  if (!Object.hasOwn(factories.neuronCombinator, whole.name)) {
    if (inner === undefined) return { outer: null, inner: whole }
    throw usageError('CLI_USAGE', `the neuron ${whole.name} takes options, such as (threshold=0.5), and nothing else`)
  }
  if (typeof inner === 'object' && inner.args.length === 0 && more.length === 0) return { outer: whole, inner }
  throw usageError('CLI_USAGE', `${whole.name} wraps a neuron model; write it like ${whole.name}(lif)`)
}

/** The model inside: of `recurrent(lif)` it is `lif`. */
export const neuronThing = (text: string): Promise<Thing> => findThing('neuron', levelsOf(text).inner.name)

/**
 * The neuron model of a name: `lif`, `lif(threshold=0.5)`, `recurrent(lif)`, `package#name`. An option in parentheses
 * overrides a flag.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the factories
 */
export async function makeNeuron(text: string, values: OptionValues = {}): Promise<NeuronModel> {
  const { outer, inner } = levelsOf(text)
  const thing = await findThing('neuron', inner.name)
  const made = await makeThing(thing, values, inner.options)
  const model = thing.plugin === null ? (made as NeuronModel) : guardNeuron(thing.plugin, made)
  if (outer === null) return model
  const combinator = knownFactory('neuronCombinator', outer.name)
  const [slot = 'inner'] = Object.keys(combinator.declaration.arguments)
  const decoded = decodeValues(combinator, { ...outer.options, [slot]: model }, resolve)
  return construct(combinator, decoded) as NeuronModel
}
