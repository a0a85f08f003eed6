/** Networks by name: what @spikeward/operators declares, and what packages do. */
import { problemDefaults } from '../../tuned.js'
import { canonical } from '../notation/canonical.js'
import type { Facts } from '@spikeward/core'
import type { NirGraph } from '@spikeward/nir'
import { guardNetwork } from '../../plugins/guard.js'
import { isExternal, pluginError } from '../../plugins/reference.js'
import { pick } from '../../usage/pick.js'
import { usageError } from '../../usage/usageError.js'
import { type Factory, factories, lookUp, whyAbsent } from '../factories.js'
import { type NamedFactory, findFactory, makeFrom } from '../make.js'
import { isNirNetwork, networkLeaf, nirFactory } from './nirNetworks.js'
import { type OptionValues, allOptions } from '../optionValues.js'
import type { ProblemKind } from './problems.js'

export type NetworkEntry = {
  readonly summary: string
  /** The kind of problem that it learns: functions of points, operators, or the solution of one equation. */
  readonly kind: ProblemKind
  /** The form of its blocks, whether or not they spike. */
  readonly block: 'plain' | 'modified'
  /** Whether it has a block for each axis, so that a grid costs the sum of its axes. */
  readonly separable: boolean
  /** Whether it maps functions on one grid to functions on the same grid, and has neither branch nor trunk. */
  readonly onGrid: boolean
  /** Whether its declaration has this option or argument. */
  readonly hasOption: (option: string) => boolean
  /** Whether it reads the windows of sequences step by step. */
  readonly readsSteps: boolean
  readonly named: NamedFactory & { readonly factory: Factory }
  /** The graph of a network that is read from a file; null for all others. */
  readonly graph: NirGraph | null
}

const kinds: Readonly<Record<string, ProblemKind>> = {
  functions: 'regression',
  sequences: 'regression',
  operators: 'operator',
  'operators of several functions': 'operator',
  'functions on one grid': 'operator',
  'one solution': 'pinn',
}

const kindOf = (facts: Facts): ProblemKind | undefined => kinds[String(facts['learns'])]

function entryOf(
  named: NetworkEntry['named'],
  kind: ProblemKind,
  block: NetworkEntry['block'],
  graph: NetworkEntry['graph'] = null,
): NetworkEntry {
  const { declaration } = named.factory
  const options = allOptions(named.factory)
  return {
    summary: `${declaration.summary}${block === 'modified' ? '; its blocks are modified MLPs, of two gated encoders' : ''}`,
    kind,
    block,
    separable: declaration.facts['separable'] === true,
    onGrid: declaration.facts['learns'] === 'functions on one grid',
    hasOption: (option) => Object.hasOwn(options, option),
    readsSteps: declaration.facts['learns'] === 'sequences',
    named,
    graph,
  }
}

/** Networks that the command knows; one that may be made of modified MLPs is there twice. */
export const networks: Readonly<Record<string, NetworkEntry>> = Object.fromEntries(
  Object.entries<Factory>(factories.network).flatMap(([name, factory]) => {
    const { facts } = factory.declaration
    const kind = kindOf(facts)
    if (kind === undefined) return []
    const named = { name, factory, plugin: null } as const
    const plain = [name, entryOf(named, kind, 'plain')] as const
    return facts['modified'] === true ? [plain, [`modified-${name}`, entryOf(named, kind, 'modified')]] : [plain]
  }),
)

/**
 * The network of a name: `deeponet`, `mlp(chunk=8)`, `nir:FILE`, `package#name`.
 *
 * @param read the graph of that NIR file, if the caller has already read it
 * @throws CLI_UNKNOWN_NAME, CLI_PACKAGE; CLI_PLUGIN for one that does not declare what it learns; FILE_UNREADABLE and
 *   NIR_MALFORMED for a file
 */
export async function findNetwork(text: string, read: NirGraph | null = null): Promise<NetworkEntry> {
  const { name } = networkLeaf(text)
  if (isNirNetwork(text)) {
    const { factory, graph } = await nirFactory(text, read)
    return entryOf({ name: 'nir', factory, plugin: null }, 'regression', 'plain', graph)
  }
  if (!isExternal(name)) {
    const listed = lookUp(['network'], name)?.listed ?? name
    const why = Object.hasOwn(networks, listed) ? null : whyAbsent(name)
    if (why !== null) throw usageError('CLI_UNKNOWN_NAME', `${name} ${why}; use it in a program, or choose another`)
    return pick('network', listed, networks)
  }
  const named = await findFactory('network', name)
  if (named.factory === null)
    throw pluginError(
      named.plugin,
      'it has no declaration, and the command gives a network only the options that it declares; make it with defineFactory',
    )
  const kind = kindOf(named.factory.declaration.facts)
  if (kind !== undefined) return entryOf(named, kind, 'plain')
  throw pluginError(
    named.plugin as NonNullable<NamedFactory['plugin']>,
    `its declaration has no fact learns: ${Object.keys(kinds).join(', ')}`,
  )
}

export async function makeNetwork(
  text: string,
  { named, hasOption }: NetworkEntry,
  values: OptionValues,
  given: Readonly<Record<string, () => unknown>>,
  functions: readonly string[],
): Promise<unknown> {
  const { options } = networkLeaf(text)
  const taken = Object.entries(given).flatMap(([name, make]) => (hasOption(name) ? [[name, make()] as const] : []))
  const made = await makeFrom(named, values, { ...options, ...Object.fromEntries(taken) })
  return named.plugin === null ? made : guardNetwork(named.plugin, made, functions)
}

/** Whether a network maps functions to functions, so that errors are per function. */
export const isOperatorNetwork = async (network: string): Promise<boolean> =>
  (await findNetwork(network)).kind === 'operator'

/** Whether a problem of the catalogue is learned by such a network. */
export const isOperatorProblem = (problem: string): boolean =>
  networks[problemDefaults[canonical('problem', problem)]?.network ?? '']?.kind === 'operator'
