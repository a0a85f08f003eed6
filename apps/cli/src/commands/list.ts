import type { Command } from 'commander'
import { backends } from '../catalogue/backends.js'
import type { Catalogue } from '../catalogue/entry.js'
import { combinators } from '../catalogue/combinators.js'
import { estimatorEntries } from '../catalogue/estimatorEntries.js'
import { directionSources } from '../catalogue/estimators.js'
import { networks } from '../catalogue/networks.js'
import { neuronCombinators, neurons } from '../catalogue/neurons.js'
import { optimizers } from '../catalogue/optimizers.js'
import { problems } from '../catalogue/problems.js'
import { surrogates } from '../catalogue/surrogates.js'
import type { Context } from './context.js'
import { problemDefaults } from '@spikeward/problems/defaults'
import type { NetworkDefaults } from '@spikeward/problems/defaults'
import { exitCodes } from '../usage/exitCodes.js'

type Listed = { readonly name: string; readonly about: string }

const listed = (catalogue: Catalogue<unknown>): Listed[] =>
  Object.entries(catalogue).map(([name, { about }]) => ({ name, about }))

const derivativeWays: readonly Listed[] = [
  { name: 'exact', about: 'forward mode, for a smooth trunk under any branch' },
  { name: 'surrogate', about: 'forward mode through the surrogates of a spiking trunk, where they are smooth enough' },
  { name: 'stein', about: 'of the field smoothed by a Gaussian, from values alone; noisy' },
  { name: 'stencil', about: 'central differences, from values alone' },
  { name: 'none', about: 'for learning from data' },
]

/** Everything that has a name, by kind. */
function everything(): Readonly<Record<string, readonly Listed[]>> {
  return {
    problems: listed(problems),
    estimators: listed(estimatorEntries),
    combinators: listed(combinators),
    distributions: Object.values(directionSources).map(({ name }) => ({ name, about: 'directions with E[v vᵀ] = I' })),
    networks: listed(networks),
    neurons: [...listed(neurons), ...listed(neuronCombinators)],
    surrogates: listed(surrogates),
    optimizers: listed(optimizers),
    derivatives: derivativeWays,
    backends: listed(backends),
  }
}

/** Settings in lines: those that are one value beside the name, those that are settings themselves below it. */
function settings(name: string, record: object, indent: string): string {
  const isNested = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = Object.entries(record) as [string, unknown][]
  const flat = entries.flatMap(([key, value]) => (isNested(value) ? [] : [`${key} ${String(value)}`]))
  const below = entries.flatMap(([key, value]) => (isNested(value) ? [settings(key, value, `${indent}  `)] : []))
  return `${`${indent}${name}: ${flat.join(', ')}`.trimEnd()}\n${below.join('')}`
}

/** A network's settings, those of its estimators in the place of their heading. */
const networkSettings = ({ byEstimator, dense, physics, ...sizes }: NetworkDefaults): object => ({
  ...sizes,
  ...byEstimator,
  ...(dense === undefined ? {} : { 'dense, where nothing spikes': networkSettings(dense) }),
  ...(physics === undefined ? {} : { 'physics, from the equation alone': networkSettings(physics) }),
})

/** `list`: everything that has a name, with a line on each, and the defaults of each problem. */
export function addList(program: Command, { io, done }: Context): void {
  program
    .command('list')
    .description('problems, estimators, networks, neurons, surrogates, optimisers and backends by name, with defaults')
    .option('--json', 'print one JSON object', false)
    .action(({ json }: { json: boolean }) => {
      if (json) {
        io.out(`${JSON.stringify({ ...everything(), defaults: problemDefaults })}\n`)
        return done(exitCodes.done)
      }
      for (const [kind, entries] of Object.entries(everything())) {
        io.out(`${kind}\n`)
        const width = Math.max(...entries.map(({ name }) => name.length))
        for (const { name, about } of entries) io.out(`  ${name.padEnd(width)}  ${about}\n`)
      }
      io.out('defaults\n')
      for (const [problem, d] of Object.entries(problemDefaults)) {
        const { byEstimator, networks: tuned, ...rest } = d
        const sizes = Object.fromEntries(Object.entries(tuned).map(([name, of]) => [name, networkSettings(of)]))
        io.out(settings(problem, { ...rest, ...sizes, ...byEstimator }, '  '))
      }
      io.out(
        'A package of your own: --estimator, --neuron, --surrogate or --backend package#name. Options of a thing stand behind its name: atan(alpha=4).\n',
      )
      done(exitCodes.done)
    })
}
