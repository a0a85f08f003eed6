/** Everything that has a name, as data: for `list`, its JSON and its details. */
import { type FactoryDescription, describeFactory, isDeclared } from '@spikeward/core'
import { type ProblemDefaults, problemDefaults } from '../tuned.js'
import { isExternal, loadFactory, pluginError, referenceOf } from '../plugins/reference.js'
import { AUTO } from './make.js'
import { ANNEALED, type Factories, factories } from './factories.js'
import { OWN, SEQUENCES, TABLE, findProblem } from './kinds/problems.js'
import { networks } from './kinds/networks.js'

/** An entry of the list. Its description is null if it is not a declared factory. */
export type Listed = {
  readonly name: string
  readonly summary: string
  readonly description: FactoryDescription | null
}

const declared = (known: Factories): readonly Listed[] =>
  Object.entries(known).map(([name, { declaration }]) => ({
    name,
    summary: declaration.summary,
    description: describeFactory(declaration),
  }))

const files: readonly Listed[] = [
  {
    name: OWN,
    summary: 'an operator learned from your own data: --data file --inputs name --outputs name',
    description: null,
  },
  {
    name: TABLE,
    summary: 'a function of points learned from your own table: --data table.csv --inputs a:b --outputs y',
    description: null,
  },
  {
    name: SEQUENCES,
    summary:
      'sequences of your own: --data table.csv --time t --inputs a,b --outputs y, or arrays [sequences, time, channels]',
    description: null,
  },
]

const listedNetworks = (): readonly Listed[] =>
  Object.entries(networks).map(([name, { summary, named }]) => ({
    name,
    summary,
    description: describeFactory(named.factory.declaration),
  }))

const notations: Readonly<Record<string, string>> = {
  [ANNEALED]: 'annealed(spsa, 0.1, 0.02)',
  perBlock: 'perBlock(layers=rfg, readout=bp)',
}

const combinators = (): readonly Listed[] =>
  declared(factories.combinator).map((one) => {
    const notation = notations[one.name]
    return notation === undefined ? one : { ...one, summary: `${one.summary}; written ${notation}` }
  })

const fastest: Listed = {
  name: AUTO,
  summary:
    'the fastest of all but the reference for the run: measured at the first run of each kind of step, and remembered',
  description: null,
}

/** Everything that has a name, by kind. */
export const listing = (): Readonly<Record<string, readonly Listed[]>> => ({
  problems: [...declared(factories.problem), ...files],
  estimators: declared(factories.estimator),
  combinators: combinators(),
  deviceEstimators: declared(factories.deviceEstimator),
  distributions: declared(factories.distribution),
  networks: listedNetworks(),
  neurons: [...declared(factories.neuron), ...declared(factories.neuronCombinator)],
  conventions: declared(factories.convention),
  surrogates: declared(factories.surrogate),
  encoders: declared(factories.encoder),
  optimizers: declared(factories.optimizer),
  transforms: declared(factories.transform),
  schedules: declared(factories.schedule),
  derivatives: declared(factories.derivative),
  refinements: declared(factories.refinement),
  tasks: declared(factories.task),
  backends: [fastest, ...declared(factories.backend)],
})

/** A listed factory with its kind, and the default settings of its runs if it is a problem. */
export type ListingMatch = { readonly kind: string; readonly entry: Listed; readonly defaults: ProblemDefaults | null }

export const listingMatches = (name: string): readonly ListingMatch[] =>
  Object.entries(listing())
    .flatMap(([kind, entries]) => entries.map((entry) => ({ kind, entry })))
    .filter(({ entry }) => entry.name === name || entry.description?.name === name)
    .map((one) => ({ ...one, defaults: one.kind === 'problems' ? (problemDefaults[one.entry.name] ?? null) : null }))

async function factoryOfPackage(text: string): Promise<ListingMatch> {
  const plugin = referenceOf('factory', text)
  const loaded = await loadFactory(plugin)
  if (!isDeclared(loaded))
    throw pluginError(
      plugin,
      'it has no declaration, and only declared options can be listed; make it with defineFactory',
    )
  const { declaration } = loaded
  const problem = declaration.kind === 'problem' ? await findProblem(text) : null
  return {
    kind: `${declaration.kind}s`,
    entry: { name: text, summary: declaration.summary, description: describeFactory(declaration) },
    defaults: problem?.isTuned === true ? problem.defaults : null,
  }
}

/**
 * The factories with this name: those of this command, or that of a package, `package#name` or `./file.ts#name`.
 *
 * @throws CLI_PACKAGE, CLI_PLUGIN
 */
export const findListed = async (name: string): Promise<readonly ListingMatch[]> =>
  isExternal(name) ? [await factoryOfPackage(name)] : listingMatches(name)
