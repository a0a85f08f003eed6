import { mexicanHat } from '@spikeward/problems/regression'
import { withSpread } from '../accuracy/withSpread.js'
import { backendNames, openBackend } from '../backends.js'
import { problemOf } from '../catalogue.js'
import { showProgress } from '../progress.js'
import { bars } from '../report/figure.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { mean, spread } from '../sampleStatistics.js'
import { openNetwork } from '../tuned/networks/openNetwork.js'
import { count, counts, declared, keys, oneOf, positive } from '../argumentParsers.js'
import { contenderSets } from './contenderSets.js'
import { shareOf } from './shareOf.js'
import { measureCosines } from './measureCosines.js'
import type { CosineOutcome } from './measureCosines.js'

type ContenderSet = keyof typeof contenderSets

type Settings = {
  readonly s: number
  /** Absent in earlier runs, which have the remedies. */
  readonly contenders?: ContenderSet
  readonly networks: readonly (readonly number[])[]
  readonly steps: number
  readonly window: number
  readonly learningRate: number
  readonly time: number
  readonly batch: number
  readonly keys: readonly number[]
  readonly backend: string
  readonly threads: number
}

type Trial = { readonly networkKey: number } & CosineOutcome

type Row = { readonly hidden: readonly number[]; readonly contender: string; readonly trials: readonly Trial[] }

type Result = { readonly rows: readonly Row[] }

/** The networks of the rows, as text. */
const networksOf = (rows: readonly Row[]): string[] => [...new Set(rows.map((row) => row.hidden.join(', ')))]

const networks = (text: string): readonly (readonly number[])[] => text.split(';').map(counts)

/** `cosines`: estimates compared with the gradient along one training. */
export const cosines = defineBenchmark<Settings, Result>({
  name: 'cosines',
  folder: 'estimators',
  about: 'cosine of estimates to the gradient along a training, and per forward pass',
  options: (command) =>
    command
      .option('--s <width>', ...declared(mexicanHat, 's'), 0.25)
      .option('--networks <list>', 'hidden layers of networks, such as 100;64,64,64', networks, [[100], [64, 64, 64]])
      .option(
        '--contenders <set>',
        'remedies against the variance of random directions, or guesses that guide them',
        oneOf('remedies', 'guides'),
        'remedies',
      )
      .option('--steps <n>', 'steps of the training', count, 200)
      .option('--window <n>', 'last steps, whose cosines are averaged', count, 50)
      .option('--learning-rate <x>', 'rate of the training', positive, 1e-2)
      .option('--time <steps>', 'time steps', count, 32)
      .option('--batch <n>', 'points per step', count, 256)
      .option('--keys <list>', 'keys of networks, batches and directions', keys, [401, 402, 403, 404, 405])
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads', count, 1),
  quick: { networks: [[3]], steps: 3, window: 2, keys: [401], time: 4, batch: 8 },
  async measure(settings, { io }) {
    const { networks: all, steps, window, learningRate, time, batch, keys: testKeys } = settings
    const contenders = contenderSets[settings.contenders ?? 'remedies']
    const progress = showProgress(io, all.length * Object.keys(contenders).length * testKeys.length)
    await using backend = await openBackend(settings.backend, settings.threads)
    const problem = problemOf('mexican-hat', { s: settings.s })
    const rows: Row[] = []
    for (const hidden of all) {
      for (const [name, make] of Object.entries(contenders)) {
        const trials: Trial[] = []
        for (const networkKey of testKeys) {
          const { task } = openNetwork({ hidden, time, batch, beta: 1 }, problem)
          const found = await measureCosines(make(), task, { steps, window, learningRate, networkKey }, backend)
          trials.push({ networkKey, ...found })
          progress.step(`${hidden.join('-')} ${name} key ${networkKey}: ${digits(found.cosine)}`)
        }
        rows.push({ hidden, contender: name, trials })
      }
    }
    progress.stop()
    return { result: { rows }, samples: {} }
  },
  tables: ({ settings, rows }) => [
    {
      title:
        `Cosine of estimates to the gradient of bp: mexican-hat, s = ${settings.s}, the last ${settings.window} of ${settings.steps} steps of Adam by bp at ${settings.learningRate}, ` +
        `T = ${settings.time}, batch ${settings.batch}; mean and spread over keys ${settings.keys.join(', ')}`,
      head: ['hidden layers', 'estimate', 'cosine', 'forward passes', 'cosine² per pass'],
      rows: rows.map(({ hidden, contender, trials }) => {
        const each = trials.map((t) => t.cosine)
        return [
          hidden.join(', '),
          contender,
          withSpread({ mean: mean(each), spread: spread(each) }),
          digits(mean(trials.map((t) => t.forwardEquivalents))),
          digits(shareOf(trials)),
        ]
      }),
      note:
        'All estimates are made along the same training. The squared cosine of K random directions grows as K, so its share per forward pass compares estimates ' +
        'of different costs.',
    },
  ],
  figures: ({ rows }) =>
    networksOf(rows).map((hidden) =>
      bars(
        `Squared cosine per forward pass, hidden layers ${hidden}`,
        rows
          .filter((row) => row.hidden.join(', ') === hidden)
          .map(({ contender, trials }) => ({ name: contender, value: shareOf(trials) })),
        'cosine² per forward pass',
      ),
    ),
})
