/** Networks by name: what @spikeward/operators declares, and what packages do. */
import { problemDefaults } from '../../tuned.js'
import { canonical } from '../notation/canonical.js'
import { choice, choices, defineFactory, defineOptions, integer, number, opaque } from '@spikeward/core'
import type { Declared, Facts, Spike } from '@spikeward/core'
import { type NirGraph, learnableParameters, nirNetwork } from '@spikeward/nir'
import { guardNetwork } from '../../plugins/guard.js'
import { isExternal, pluginError } from '../../plugins/reference.js'
import { pick, usageError } from '../../usage/usageError.js'
import { type Factory, factories, lookUp, whyAbsent } from '../factories.js'
import { type NamedFactory, findFactory, leafOf, makeFrom } from '../make.js'
import { type OptionValues, allOptions } from '../optionValues.js'
import type { ProblemKind } from './problems.js'
import { host } from '#host'
import type { Expression } from '../notation/expression.js'

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
  factory: NetworkEntry['named'],
  kind: ProblemKind,
  block: NetworkEntry['block'],
  graph: NetworkEntry['graph'] = null,
): NetworkEntry {
  const { declaration } = factory.factory
  const options = allOptions(factory.factory)
  return {
    summary: `${declaration.summary}${block === 'modified' ? '; its blocks are modified MLPs, of two gated encoders' : ''}`,
    kind,
    block,
    separable: declaration.facts['separable'] === true,
    onGrid: declaration.facts['learns'] === 'functions on one grid',
    hasOption: (option) => Object.hasOwn(options, option),
    readsSteps: declaration.facts['learns'] === 'sequences',
    named: factory,
    graph,
  }
}

/** Networks that the command knows; one that may be made of modified MLPs is there twice. */
export const networks: Readonly<Record<string, NetworkEntry>> = Object.fromEntries(
  Object.entries<Factory>(factories.network).flatMap(([name, factory]) => {
    const { facts } = factory.declaration
    const kind = kindOf(facts)
    if (kind === undefined) return []
    const entry = { name, factory, plugin: null } as const
    const plain = [name, entryOf(entry, kind, 'plain')] as const
    return facts['modified'] === true ? [plain, [`modified-${name}`, entryOf(entry, kind, 'modified')]] : [plain]
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
  const entry = await findFactory('network', name)
  if (entry.factory === null)
    throw pluginError(
      entry.plugin,
      'it has no declaration, and the command gives a network only the options that it declares; make it with defineFactory',
    )
  const kind = kindOf(entry.factory.declaration.facts)
  if (kind !== undefined) return entryOf(entry, kind, 'plain')
  throw pluginError(
    entry.plugin as NonNullable<NamedFactory['plugin']>,
    `its declaration has no fact learns: ${Object.keys(kinds).join(', ')}`,
  )
}

export async function makeNetwork(
  text: string,
  { named, hasOption }: NetworkEntry,
  values: OptionValues,
  makers: Readonly<Record<string, () => unknown>>,
  functions: readonly string[],
): Promise<unknown> {
  const { options } = networkLeaf(text)
  const supplied = Object.entries(makers).flatMap(([name, make]) => (hasOption(name) ? [[name, make()] as const] : []))
  const network = await makeFrom(named, values, { ...options, ...Object.fromEntries(supplied) })
  return named.plugin === null ? network : guardNetwork(named.plugin, network, functions)
}

/** Whether a network maps functions to functions, so that errors are per function. */
export const isOperatorNetwork = async (network: string): Promise<boolean> =>
  (await findNetwork(network)).kind === 'operator'

/** Whether a problem of the catalogue is learned by such a network. */
export const isOperatorProblem = (problem: string): boolean =>
  networks[problemDefaults[canonical('problem', problem)]?.network ?? '']?.kind === 'operator'

const PREFIX = 'nir:'

/** The file of such a network in its run folder: runs do not depend on the file that they began with. */
export const NIR_IN_RUN = 'network.nir'

/** Whether a network is named by its file. */
export const isNirNetwork = (network: string): boolean => network.startsWith(PREFIX)

/** Where the parentheses open that close at the end of a text; −1 if it does not end with balanced ones. */
function lastGroup(text: string): number {
  let depth = 0
  for (let i = text.length - 1; i >= 0 && text.endsWith(')'); i--) {
    if (text[i] === ')') depth++
    if (text[i] === '(' && --depth === 0) return i
  }
  return -1
}

/**
 * The path and the options, with their parentheses, of `nir:FILE(…)`. Parentheses before the last ones belong to the
 * path; a path that ends with parentheses is followed by empty ones.
 */
function partsOf(network: string): { readonly path: string; readonly options: string } {
  const rest = network.slice(PREFIX.length)
  const at = lastGroup(rest)
  const [path, options] = at < 0 ? [rest, ''] : [rest.slice(0, at), rest.slice(at)]
  if (path !== '') return { path, options }
  throw usageError('CLI_USAGE', `the network "${network}" names no file; write nir:FILE`)
}

/** The network in a file, with the length of a step if one is given. */
export const nirNetworkName = (path: string, dt?: number): string =>
  `${PREFIX}${path}(${dt === undefined ? '' : `dt=${dt}`})`

export const nirPathOf = (network: string): string => host.absolutePath(partsOf(network).path)

export const withAbsolutePath = (network: string): string =>
  isNirNetwork(network) ? `${PREFIX}${nirPathOf(network)}${partsOf(network).options}` : network

/** The same network with the file of its run folder: as `config.json` stores it. */
export const asInFolder = (network: string): string =>
  isNirNetwork(network) ? `${PREFIX}${NIR_IN_RUN}${partsOf(network).options}` : network

export function fromFolder(network: string, folder: string): string {
  if (!isNirNetwork(network) || partsOf(network).path !== NIR_IN_RUN) return network
  return `${PREFIX}${folder}/${NIR_IN_RUN}${partsOf(network).options}`
}

/** The name and the options of a network. Paths may contain characters that no other name has. */
export function networkLeaf(network: string): Expression {
  if (!isNirNetwork(network)) return leafOf('network', network)
  return { ...leafOf('network', `nir${partsOf(network).options}`), name: `${PREFIX}${partsOf(network).path}` }
}

const isSpike = (value: unknown): value is Spike => typeof value === 'function'

const options = /* @__PURE__ */ defineOptions(() => ({
  inputs: integer({ min: 1, required: true, help: 'values of an input' }),
  outputs: integer({ min: 1, required: true, help: 'values of an output' }),
  time: integer({ min: 1, required: true, help: 'time steps (T)' }),
  spike: opaque('a spike, such as spike(atan())', isSpike, { required: true, help: 'spike with its surrogate' }),
  dtype: choice(['f32', 'f64'], { default: 'f32', help: 'type of all tensors' }),
  dt: number({ min: 0, above: true, computed: 'what the file notes', help: 'length of a step in seconds' }),
  learn: choices(learnableParameters, { default: [], help: 'parameters of neurons to train' }),
}))

export async function nirFactory(
  network: string,
  read: NirGraph | null,
): Promise<{ readonly factory: Declared<object>; graph: NirGraph }> {
  const { path } = partsOf(network)
  const graph = read ?? (await host.graph(host.absolutePath(path)))
  const facts = { learns: 'functions' }
  const summary = `the graph in ${path}`
  const factory = defineFactory(
    { kind: 'network', name: 'nir', summary, options, facts },
    (values) => (settings: Parameters<typeof values>[0]) => {
      const { inputs, outputs, time, spike, dtype, dt, learn } = values(settings)
      const network = nirNetwork(graph, { time, spike, dtype, learn, ...(dt === undefined ? {} : { dt }) })
      const { input, output } = network.shapes
      if (input.join() !== String(inputs) || output.join() !== String(outputs))
        throw usageError(
          'CLI_BAD_VALUE',
          `${path} maps [${input.join(', ')}] to [${output.join(', ')}], and the problem has ${inputs} inputs and ${outputs} outputs; choose a problem of the same sizes`,
        )
      return network
    },
  )
  return { factory, graph }
}
