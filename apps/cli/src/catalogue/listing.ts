/** Everything that has a name, as data: for `list`, its JSON and its details. */
import { describeFactory } from '@spikeward/core'
import type { FactoryDescription } from '@spikeward/core'
import { factories } from './factories.js'
import type { Factories } from './factories.js'
import { networks } from './networks.js'

/** One thing with a name: what it is in a line, and what it declares; null where it is no declared factory. */
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

const plain = (known: Readonly<Record<string, { readonly about: string }>>): readonly Listed[] =>
  Object.entries(known).map(([name, { about }]) => ({ name, summary: about, description: null }))

const derivatives: readonly Listed[] = Object.entries({
  exact: 'forward mode, for a smooth trunk under any branch',
  surrogate: 'forward mode through the surrogates of a spiking trunk, where they are smooth enough',
  stein: 'of the field smoothed by a Gaussian, from values alone; noisy',
  stencil: 'central differences, from values alone',
  none: 'for learning from data',
}).map(([name, summary]) => ({ name, summary, description: null }))

const own: Listed = {
  name: 'own',
  summary: 'an operator by its values in a file of yours: --data file --inputs name --outputs name',
  description: null,
}

const annealed: Listed = {
  name: 'annealed',
  summary: 'the size of a perturbation goes from one number to another over the run: annealed(spsa, 0.1, 0.02)',
  description: null,
}

/** Everything that has a name, by kind. */
export const listing = (): Readonly<Record<string, readonly Listed[]>> => ({
  problems: [...declared(factories.problem), own],
  estimators: declared(factories.estimator),
  combinators: [...declared(factories.combinator), annealed],
  distributions: declared(factories.distribution),
  networks: plain(networks),
  neurons: [...declared(factories.neuron), ...declared(factories.neuronCombinator)],
  surrogates: declared(factories.surrogate),
  optimizers: declared(factories.optimizer),
  schedules: declared(factories.schedule),
  derivatives,
  backends: declared(factories.backend),
})
