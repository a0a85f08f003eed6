import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandLine } from '../accuracy/commandLine.js'
import { commandResult } from '../accuracy/commandResult.js'
import { trainName } from '../accuracy/trainNames.js'
import { withSpread } from '../accuracy/withSpread.js'
import { showProgress } from '../progress.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { mean, spread } from '../sampleStatistics.js'
import { count, keys, names, someOf } from '../argumentParsers.js'
import { ownOperatorNames, ownOperators } from './ownOperators.js'
import type { OwnOperatorName } from './ownOperators.js'
import { writeOwnData } from './writeOwnData.js'

type Settings = {
  readonly operators: readonly OwnOperatorName[]
  readonly functions: number
  readonly points: number
  readonly keys: readonly number[]
  readonly backend: string
  readonly threads: number
  readonly options: readonly string[]
}

/** A training by the default settings. */
type Row = {
  readonly operator: OwnOperatorName
  readonly key: number
  readonly relativeL2: number
  readonly baselineRidge: number
  readonly seconds: number
  /** The estimator that the trial chose. */
  readonly estimator: string
  readonly amplitude: string
}

type Trained = Pick<Row, 'relativeL2' | 'baselineRidge' | 'seconds' | 'estimator'>

/** `own-data`: operators in files, trained by the defaults of the command line, which its trial chooses. */
export const ownData = defineBenchmark<Settings, { readonly rows: readonly Row[] }>({
  name: 'own-data',
  folder: 'accuracy',
  about: 'operators in the files of a user, trained by the default settings, beside the untrained network',
  options: (command) =>
    command
      .option('--operators <list>', 'operators', someOf(...ownOperatorNames), ownOperatorNames)
      .option('--functions <n>', 'functions of a file: training, validation and test', count, 200)
      .option('--points <n>', 'sensors of a function, and points of its solution', count, 50)
      .option('--keys <list>', 'keys of data, splits and networks', keys, [601, 602, 603])
      .option('--backend <name>', 'backend', trainName('backend'), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--options <list>', 'further options of `spikeward train`, separated by commas', names, []),
  quick: {
    ...{ operators: ['sine'], functions: 20, points: 8, keys: [601] },
    options: ['--steps=4', '--branch=6', '--trunk=5', '--features=3', '--time=4', '--directions=1'],
  },
  async measure({ operators, functions, points, keys: own, backend, threads, options }, { io }) {
    const program = await commandLine()
    const folder = await mkdtemp(join(tmpdir(), 'spikeward-own-data-'))
    const progress = showProgress(io, operators.length * own.length)
    const rows: Row[] = []
    try {
      for (const operator of operators) {
        for (const key of own) {
          const place = join(folder, `${operator}-${key}`)
          await mkdir(place)
          await writeOwnData(place, ownOperators[operator], { functions, points, key })
          const run = join(place, 'run')
          const { relativeL2, baselineRidge, seconds, estimator } = await commandResult<Trained>(program, [
            ...['train', '--data', join(place, 'f.npy'), '--inputs', 'f'],
            ...['--outputs', `${join(place, 'u.npy')}#u`, '--coords', `${join(place, 'x.npy')}#x`],
            ...['--key', String(key), '--data-key', String(key), '--out', run, '--no-figures'],
            ...['--backend', backend, '--threads', String(threads), ...options],
          ])
          const { amplitude } = JSON.parse(await readFile(join(run, 'config.json'), 'utf8')) as Pick<Row, 'amplitude'>
          rows.push({ operator, key, relativeL2, baselineRidge, seconds, estimator, amplitude })
          progress.step(`${operator} key ${key}: ${digits(relativeL2)}, untrained ${digits(baselineRidge)}`)
        }
      }
    } finally {
      progress.stop()
      await rm(folder, { recursive: true, force: true })
    }
    return { result: { rows }, samples: {} }
  },
  tables: ({ settings, rows }) => [
    {
      title: `Operators in files, by default settings: ${settings.functions} functions with ${settings.points} sensors, relative L2 on the test functions, mean and spread over keys ${settings.keys.join(', ')}`,
      head: ['operator', 'trained', 'untrained, ridge', 'trained / untrained', 'the trial chose', 'seconds'],
      rows: settings.operators.map((operator) => {
        const each = rows.filter((row) => row.operator === operator)
        const over = (values: readonly number[]): string => withSpread({ mean: mean(values), spread: spread(values) })
        const chosen = each.map(({ estimator, amplitude }) => `${estimator}, ${amplitude}`)
        return [
          `${operator}: ${ownOperators[operator].formula}`,
          over(each.map((r) => r.relativeL2)),
          over(each.map((r) => r.baselineRidge)),
          over(each.map((r) => r.relativeL2 / r.baselineRidge)),
          [...new Set(chosen)].join('; '),
          digits(mean(each.map((r) => r.seconds))),
        ]
      }),
      note: 'The trial chooses estimator, amplitude and penalty of the readout on the validation functions; the seconds are those of the training after it.',
    },
  ],
  figures: () => [],
})
