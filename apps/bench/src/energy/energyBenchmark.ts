import { breakEvenRate, energyModels } from '@spikeward/energy'
import { backendNames, openBackend } from '../backends.js'
import { estimatorNames } from '../estimators.js'
import { bars, lines } from '../report/figure.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { count, counts, keys, oneOf, positive, someOf } from '../argumentParsers.js'
import { meanSteps } from './energyStatistics.js'
import { energyTables } from './energyTables.js'
import type { EnergyResult } from './energyTables.js'
import { measureEnergy } from './measureEnergy.js'
import type { EnergyRow, EnergySettings } from './measureEnergy.js'
import { LOOK_EVERY } from './stepsToTarget.js'

type Settings = EnergySettings & {
  readonly backend: string
  readonly threads: number
  readonly estimators: readonly string[]
}

/** The bytes that `steps` of an estimator move, as a multiple of those of back-propagation. */
function bytesByBp(rows: readonly EnergyRow[], estimator: string, steps: (row: EnergyRow) => number | null): string {
  const bytesOf = (name: string): number => {
    const row = rows.find((r) => r.estimator === name)
    return row === undefined ? Number.NaN : (steps(row) ?? Number.NaN) * row.ledger.bytesMoved
  }
  return digits(bytesOf(estimator) / bytesOf('bp'))
}

/** `energy`: the work and the modelled energy of a step, and to equal error. */
export const energy = defineBenchmark<Settings, EnergyResult>({
  name: 'energy',
  folder: 'hardware',
  about: 'operations, memory traffic and modelled energy of a training step, and of a training to an equal error',
  options: (command) =>
    command
      .option('--backend <name>', 'backend that trains', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--estimators <list>', 'estimators to count', someOf(...estimatorNames), [
        'bp',
        'rfg',
        'rfg/layerwise',
        'spsa',
        'eligibility',
        'feedback',
      ])
      .option('--hidden <list>', 'widths of the hidden layers', counts, [100])
      .option('--time <n>', 'time steps', count, 32)
      .option('--batch <n>', 'points per step', count, 256)
      .option('--trial-keys <list>', 'keys of the trials that choose learning rates', keys, [88, 89, 90])
      .option('--keys <list>', 'keys of the trainings', keys, [91, 92, 93])
      .option('--target <x>', 'relative L2 on the validation points that trainings must reach', positive, 0.07)
      .option('--most <n>', 'the most steps of a training', count, 20_000),
  quick: { estimators: ['bp', 'rfg'], hidden: [4], time: 3, batch: 4, trialKeys: [90], keys: [91], most: 2 },
  async measure(s) {
    await using backend = await openBackend(s.backend, s.threads)
    const rows: EnergyRow[] = []
    for (const name of s.estimators) rows.push(await measureEnergy(s, name, backend))
    const [width = 1] = s.hidden
    const breakEven = [8, 16, 32, 64, 128].flatMap((time) =>
      [energyModels.horowitz45, energyModels['horowitz45-int8']].map((model) => ({
        ...breakEvenRate(model, { width, time }),
        time,
      })),
    )
    return { result: { rows, breakEven, lookEvery: LOOK_EVERY }, samples: {} }
  },
  tables: energyTables,
  headline: ({ rows }) => [
    `A step by \`rfg\` moves ${bytesByBp(rows, 'rfg', () => 1)} times the bytes of a step by \`bp\`, and a training to equal error ` +
      `${bytesByBp(rows, 'rfg', meanSteps)} times; by \`eligibility\` these are ${bytesByBp(rows, 'eligibility', () => 1)} and ${bytesByBp(rows, 'eligibility', meanSteps)} times.`,
  ],
  figures: ({ rows, breakEven }) => [
    bars(
      'Modelled energy of a step in µJ, high end of horowitz45',
      rows.map((r) => ({ name: r.estimator, value: (r.energy[0]?.high ?? 0) / 1e6 })),
      'µJ',
    ),
    lines(
      'Firing rate below which a spiking layer costs less than a dense one, high end',
      breakEven.map(({ time, model, high }) => ({ x: time, y: 100 * high, line: model })),
      { title: 'T', log: true },
      { title: 'firing rate, %', log: false },
    ),
  ],
})
