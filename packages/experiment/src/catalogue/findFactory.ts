import { host } from '#host'
import { isDeclared, kebabCase } from '@spikeward/core'
import type { Kind } from '@spikeward/core'
import { isEquationFile, isExternal, referenceOf } from '../plugins/reference.js'
import { loadFactory } from '../plugins/loadFactory.js'
import type { Factory as PlainFactory } from '../plugins/loadFactory.js'
import { pluginError } from '../plugins/pluginError.js'
import type { Reference } from '../plugins/reference.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import { factories, lookUp, whyAbsent } from './factories.js'
import type { Factories, Factory, Named } from './factories.js'

export type NamedFactory =
  | { readonly name: string; readonly factory: Factory; readonly plugin: null }
  | { readonly name: string; readonly factory: Factory; readonly plugin: Reference }
  /** A factory of a package without a declaration. It receives all options that nothing else accepts. */
  | { readonly name: string; readonly factory: null; readonly plain: PlainFactory; readonly plugin: Reference }

const inWords = (kind: Named): string => kebabCase(kind).replaceAll('-', ' ')

type Lists = readonly [Named & Kind, ...Named[]]

/**
 * The factory of a name that the command knows.
 *
 * @throws CLI_UNKNOWN_NAME
 */
export function knownFactory(kinds: Named | Lists, name: string): Factory {
  const lists: readonly Named[] = typeof kinds === 'string' ? [kinds] : kinds
  const found = lookUp(lists, name)
  if (found !== null) return found.factory
  const why = whyAbsent(name)
  if (why !== null) throw usageError('CLI_UNKNOWN_NAME', `${name} ${why}; use it in a program, or choose another`)
  // The error lists the names of all lists.
  return pick(inWords(lists[0]!), name, Object.assign({}, ...lists.map((kind) => factories[kind])) as Factories)
}

/** The kind whose declaration a list holds: wrappers of neuron models are neuron models themselves. */
const kindOf = (list: Named): Kind => (list === 'neuronCombinator' ? 'neuron' : list)

function equationIn(path: string): NamedFactory {
  const plugin: Reference = { text: path, what: 'problem', specifier: path, exported: '' }
  return { name: path, factory: null, plain: () => host.equation(host.absolutePath(path)), plugin }
}

/**
 * The factory of a name, loaded if it belongs to a package: `rfg`, `package#name`, `./file.ts#name`.
 *
 * @param kinds the requested kind, or several if others fit as well
 * @throws CLI_UNKNOWN_NAME, CLI_PACKAGE, CLI_PLUGIN
 */
export async function findFactory(kinds: (Named & Kind) | Lists, name: string): Promise<NamedFactory> {
  if (kinds === 'problem' && isEquationFile(name)) return equationIn(name)
  if (!isExternal(name)) return { name, factory: knownFactory(kinds, name), plugin: null }
  const lists: Lists = typeof kinds === 'string' ? [kinds] : kinds
  const plugin = referenceOf(inWords(lists[0]), name)
  const loaded = await loadFactory(plugin)
  if (!isDeclared(loaded)) return { name, factory: null, plain: loaded, plugin }
  const { declaration } = loaded
  if (lists.map(kindOf).includes(declaration.kind)) return { name, factory: loaded, plugin }
  throw pluginError(plugin, `it declares the kind ${declaration.kind}, but kind ${lists[0]} is needed`)
}
