import type { Command } from 'commander'
import { distributions } from '@spikeward/estimators'
import { backends } from '../catalogue/backends.js'
import type { Catalogue } from '../catalogue/entry.js'
import { estimatorEntries } from '../catalogue/estimators.js'
import { networks } from '../catalogue/networks.js'
import { neurons, surrogates } from '../catalogue/neurons.js'
import { optimizers } from '../catalogue/optimizers.js'
import { problems } from '../catalogue/problems.js'
import type { Context } from '../context.js'
import { defaults } from '../defaults.js'
import { exitCodes } from '../exit.js'

type Listed = { readonly name: string; readonly about: string }

const listed = (catalogue: Catalogue<unknown>): Listed[] =>
  Object.entries(catalogue).map(([name, { about }]) => ({ name, about }))

/** Everything that has a name, by kind. */
function everything(): Readonly<Record<string, readonly Listed[]>> {
  return {
    problems: listed(problems),
    estimators: listed(estimatorEntries),
    distributions: Object.values(distributions).map(({ name }) => ({ name, about: 'directions with E[v vᵀ] = I' })),
    networks: listed(networks),
    neurons: listed(neurons),
    surrogates: listed(surrogates),
    optimizers: listed(optimizers),
    backends: listed(backends),
  }
}

/** `list`: everything that has a name, with a line on each, and the defaults of each problem. */
export function addList(program: Command, { io, done }: Context): void {
  program
    .command('list')
    .description('problems, estimators, networks, neurons, surrogates, optimisers and backends by name, with defaults')
    .option('--json', 'print one JSON object', false)
    .action(({ json }: { json: boolean }) => {
      if (json) {
        io.out(`${JSON.stringify({ ...everything(), defaults })}\n`)
        return done(exitCodes.done)
      }
      for (const [kind, entries] of Object.entries(everything())) {
        io.out(`${kind}\n`)
        const width = Math.max(...entries.map(({ name }) => name.length))
        for (const { name, about } of entries) io.out(`  ${name.padEnd(width)}  ${about}\n`)
      }
      io.out('defaults\n')
      for (const [problem, d] of Object.entries(defaults)) {
        const { byEstimator, hidden, ...rest } = d
        const settings = Object.entries({ hidden: hidden.join(','), ...rest }).map(
          ([name, value]) => `${name} ${value}`,
        )
        io.out(`  ${problem}: ${settings.join(', ')}\n`)
        for (const [estimator, e] of Object.entries(byEstimator)) {
          const tuned = Object.entries(e).map(([name, value]) => `${name} ${value}`)
          io.out(`    ${estimator}: ${tuned.join(', ')}\n`)
        }
      }
      io.out('A package of your own: --estimator package#name, --backend package#name.\n')
      done(exitCodes.done)
    })
}
