import { construct } from '@spikeward/core'
import type { Kind, Resolve } from '@spikeward/core'
import { callFactory } from '../plugins/loadFactory.js'
import { callPlugin, thrownBy } from '../plugins/pluginError.js'
import { usageError } from '../usage/usageError.js'
import { parseExpression } from './expression.js'
import type { Expression } from './expression.js'
import { factories } from './factories.js'
import type { Named } from './factories.js'
import { appliedTo, decodeValues } from './optionValues.js'
import type { OptionValues } from './optionValues.js'
import { findThing, knownFactory } from './things.js'
import type { Thing } from './things.js'

const isNamed = (kind: Kind): kind is Kind & Named => Object.hasOwn(factories, kind)

/** Finds what an option names, such as a distribution: `gaussian`. */
export const resolve: Resolve = (kind, text) => {
  if (!isNamed(kind))
    throw usageError('CLI_BAD_VALUE', `a ${kind} cannot be named on the command line; leave the option out`)
  const { name, options } = parseExpression(kind, text)
  const factory = knownFactory(kind, name)
  return construct(factory, decodeValues(factory, options, resolve))
}

/** An expression that names one thing with its options and has nothing else in its parentheses. */
export function leafOf(what: string, text: string): Expression {
  const expression = parseExpression(what, text)
  if (expression.args.length === 0) return expression
  throw usageError(
    'CLI_USAGE',
    `the ${what} ${expression.name} takes options, such as ${expression.name}(name=value), and nothing else`,
  )
}

/** What a factory makes of values by flag and of the options in parentheses, which override them. */
export async function makeThing(thing: Thing, values: OptionValues, options: Expression['options']): Promise<unknown> {
  if (thing.factory === null) return callFactory(thing.plugin, thing.plain, { ...values, ...options })
  const { factory, plugin } = thing
  if (plugin === null)
    return construct(factory, decodeValues(factory, { ...appliedTo(factory, values), ...options }, resolve))
  try {
    const decoded = decodeValues(factory, { ...appliedTo(factory, values), ...options }, resolve)
    return await construct(factory, decoded)
  } catch (thrown) {
    throw thrownBy(plugin, 'the factory', thrown)
  }
}

/** The same at once, for a thing that is made while a step is traced. */
export function makeThingNow(thing: Thing, values: OptionValues, options: Readonly<Record<string, unknown>>): unknown {
  if (thing.factory === null) {
    const { plugin, plain } = thing
    return callPlugin(plugin, 'the factory', () => plain({ ...values, ...options }))
  }
  const { factory, plugin } = thing
  const make = (): unknown =>
    construct(factory, decodeValues(factory, { ...appliedTo(factory, values), ...options }, resolve))
  return plugin === null ? make() : callPlugin(plugin, 'the factory', make)
}

/**
 * The thing of a kind that a text names, with what it makes of values by flag: `atan(alpha=4)`, `package#name`.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the factories
 */
export async function makeNamed(
  kind: Named & Kind,
  text: string,
  values: OptionValues,
): Promise<{ readonly made: unknown; readonly thing: Thing }> {
  const { name, options } = leafOf(kind, text)
  const thing = await findThing(kind, name)
  return { made: await makeThing(thing, values, options), thing }
}
