import { withSpread } from '../accuracy/withSpread.js'
import { backendNames, openBackend } from '../backends.js'
import { showProgress } from '../progress.js'
import { lines } from '../report/figure.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { mean, spread } from '../sampleStatistics.js'
import { count, counts, keys, oneOf, positive, someOf } from '../argumentParsers.js'
import { measureCosines } from './measureCosines.js'
import type { CosineOutcome } from './measureCosines.js'
import { operatorNames, operatorOf } from '../operatorProblems.js'
import { FEW, openOperator } from './openOperator.js'
import { operatorContenders } from './operatorContenders.js'
import { shareOf } from './shareOf.js'

type Settings = {
  readonly problems: readonly string[]
  readonly widths: readonly number[]
  readonly features: number
  readonly steps: number
  readonly window: number
  readonly learningRate: number
  readonly time: number
  readonly batch: number
  readonly points: number
  readonly keys: readonly number[]
  readonly backend: string
  readonly threads: number
}

type Row = {
  readonly problem: string
  readonly width: number
  readonly contender: string
  readonly trials: readonly ({ readonly networkKey: number } & CosineOutcome)[]
}

/** `operator-cosines`: estimates compared with the gradient of operator networks, by the number of their parameters. */
export const operatorCosines = defineBenchmark<Settings, { readonly rows: readonly Row[] }>({
  name: 'operator-cosines',
  folder: 'estimators',
  about: 'cosine of estimates to the gradient of spiking operator networks, and per forward pass, by width',
  options: (command) =>
    command
      .option('--problems <list>', 'operators', someOf(...operatorNames), ['reaction-diffusion', 'burgers'])
      .option('--widths <list>', 'neurons of the hidden layers of branch and trunks', counts, [10, 40, 200])
      .option('--features <n>', 'features, or as many as neurons if these are fewer', count, 150)
      .option('--steps <n>', 'steps of the training', count, 30)
      .option('--window <n>', 'last steps, whose cosines are averaged', count, 10)
      .option('--learning-rate <x>', 'rate of the training', positive, 1e-3)
      .option('--time <steps>', 'time steps', count, 32)
      .option('--batch <n>', 'functions per step', count, 64)
      .option('--points <n>', 'points per step', count, 256)
      .option('--keys <list>', 'keys of networks, batches and directions', keys, [401, 402, 403, 404, 405])
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads', count, 1),
  quick: {
    ...{ problems: ['reaction-diffusion'], widths: [3], features: 2, steps: 2, window: 1, keys: [401] },
    ...{ time: 4, batch: 4, points: 8 },
  },
  async measure(settings, { io }) {
    const { problems, widths, features, steps, window, learningRate, time, batch, points, keys: own } = settings
    const contenders = Object.entries(operatorContenders)
    const progress = showProgress(io, problems.length * widths.length * contenders.length * own.length)
    await using backend = await openBackend(settings.backend, settings.threads)
    const rows: Row[] = []
    for (const problem of problems) {
      const opened = operatorOf(problem, FEW)
      for (const width of widths) {
        const size = { width, features: Math.min(features, width), time, batch, points }
        const task = await openOperator(opened, size)
        for (const [contender, make] of contenders) {
          const trials: Row['trials'][number][] = []
          for (const networkKey of own) {
            const found = await measureCosines(make(), task, { steps, window, learningRate, networkKey }, backend)
            trials.push({ networkKey, ...found })
            progress.step(`${problem} ${width} ${contender} key ${networkKey}: ${digits(found.cosine)}`)
          }
          rows.push({ problem, width, contender, trials })
        }
      }
    }
    progress.stop()
    return { result: { rows }, samples: {} }
  },
  tables: ({ settings, rows }) => [
    {
      title:
        `Cosine of estimates to the gradient of bp on SepONets: the last ${settings.window} of ${settings.steps} steps of Adam by bp at ${settings.learningRate}, ` +
        `T = ${settings.time}, ${settings.batch} functions × ${settings.points} points; mean and spread over keys ${settings.keys.join(', ')}`,
      head: ['problem', 'neurons', 'parameters', 'estimate', 'cosine', 'forward passes', 'cosine² per pass'],
      rows: rows.map(({ problem, width, contender, trials }) => {
        const each = trials.map((t) => t.cosine)
        return [
          problem,
          String(width),
          String(trials[0]!.parameters),
          contender,
          withSpread({ mean: mean(each), spread: spread(each) }),
          digits(mean(trials.map((t) => t.forwardEquivalents))),
          digits(shareOf(trials)),
        ]
      }),
      note:
        'Let c be the cosine of an estimate to the gradient. With the best length and the same bound on the curvature, a step along the estimate lowers the loss by c² times ' +
        'the decrease of a step along the gradient. The reciprocal of the last column is therefore the number of forward passes that replace one exact step.',
    },
  ],
  figures: ({ settings, rows }) =>
    settings.problems.map((problem) =>
      lines(
        `Squared cosine per forward pass on ${problem}`,
        rows
          .filter((row) => row.problem === problem)
          .map(({ contender, trials }) => ({ x: trials[0]!.parameters!, y: shareOf(trials), line: contender })),
        { title: 'parameters', log: true },
        { title: 'cosine² per forward pass', log: true },
      ),
    ),
})
