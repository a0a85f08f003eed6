/** Everything that has a name, as data: for `list`, its JSON and its details. */
import { describeFactory } from '@spikeward/core'
import type { FactoryDescription } from '@spikeward/core'
import { AUTO } from './openBackend.js'
import { ANNEALED, factories } from './factories.js'
import type { Factories } from './factories.js'
import { OWN, TABLE } from './problems.js'
import { networks } from './networks.js'

/** A named thing: its summary and its declaration; null if it is not a declared factory. */
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

/** Problems that come from the user's file. */
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
]

/** The declaration of a network; one that can consist of modified MLPs is listed twice. */
const listedNetworks = (): readonly Listed[] =>
  Object.entries(networks).map(([name, { summary, thing }]) => ({
    name,
    summary,
    description: describeFactory(thing.factory.declaration),
  }))

/** Combinators whose notation differs from their call. */
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
    'the fastest of cpu, native and webgpu for the run: measured at the first run of each kind of step, and remembered',
  description: null,
}

/** Everything that has a name, by kind. */
export const listing = (): Readonly<Record<string, readonly Listed[]>> => ({
  problems: [...declared(factories.problem), ...files],
  estimators: declared(factories.estimator),
  combinators: combinators(),
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
  backends: [fastest, ...declared(factories.backend)],
})
