/** Tables of a user with units and a category, trained by the default settings, beside the baselines. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Backend, key as keyOf, uniform } from '@spikeward/core'
import { type Baselines, TABLE, type TrainSettings, pairedRatio, train } from '@spikeward/experiment'
import { type Study, columns, digits, meanSpread, ratioText, temporaryFolder, titled } from './tools.js'

/** Levels of the category, and the factor of each in the rate of the reaction. */
const CATALYSTS = { none: 1, Pt: 1.6, Pd: 2.3 }

/**
 * The yield of a reaction of first order, 3·10⁻⁴ (p/10⁵)^0.6 (1 − e^(−kt)) with k = 0.002 c e^(−2500 (1/T − 1/340)), at
 * temperatures from 280 to 400 K, pressures from 10⁵ to 5·10⁵ Pa, times from 10 to 600 s and three catalysts.
 */
export async function reactionTable(key: number, rows: number): Promise<string> {
  const draws = await uniform(keyOf(key), [rows, 4]).data()
  const lines = Array.from({ length: rows }, (_, r) => {
    const [a = 0, b = 0, c = 0, d = 0] = draws.subarray(4 * r, 4 * r + 4)
    const [T, p, t] = [280 + 120 * a, 1e5 * (1 + 4 * b), 10 + 590 * c]
    const [catalyst, factor] = Object.entries(CATALYSTS)[Math.floor(3 * d)]!
    const k = 0.002 * factor * Math.exp(-2500 * (1 / T - 1 / 340))
    const y = 3e-4 * (p / 1e5) ** 0.6 * (1 - Math.exp(-k * t))
    return [T.toFixed(2), p.toFixed(0), t.toFixed(1), catalyst, y.toPrecision(6)].join(',')
  })
  return ['temperature,pressure,time,catalyst,yield', ...lines, ''].join('\n')
}

/** One table and network. */
export type TableRow = {
  readonly key: number
  readonly chosen: string
  readonly error: number
  readonly seconds: number
  readonly baselines: Baselines
  /** The dense network of the least validation error, and its settings. */
  readonly dense: { readonly error: number; readonly settings: string }
}

/** Dense networks of which the validation rows choose one: tanh units, back-propagation, cosine schedule. */
const DENSE = [[100], [64, 64]].flatMap((hidden) =>
  [3e-3, 1e-2, 3e-2].map((learningRate) => ({ hidden, learningRate })),
)

async function bestDense(common: TrainSettings, candidates: typeof DENSE): Promise<TableRow['dense']> {
  let best = { validation: Infinity, error: NaN, settings: '' }
  for (const one of candidates) {
    await using run = await train({ ...common, ...one, spiking: 'none', estimator: 'bp', baselines: 'none' })
    const { relativeL2: validation } = await run.experiment.measure(run.variables, 'validation')
    const settings = `${one.hidden.join(',')} at ${one.learningRate}`
    if (validation < best.validation) best = { validation, error: run.relativeL2, settings }
  }
  return { error: best.error, settings: best.settings }
}

async function tableRow(key: number, quick: boolean, backend: Backend): Promise<TableRow> {
  await using folder = await temporaryFolder('own-tables')
  const path = join(folder.path, 'table.csv')
  await writeFile(path, await reactionTable(key, quick ? 60 : 600))
  const common = {
    ...{ problem: TABLE, data: path, inputs: 'temperature,pressure,time,catalyst', outputs: 'yield' },
    ...{ key, dataKey: key, backend: backend.name, threads: 1 },
  }
  await using run = await train({ ...common, baselines: 'all', ...(quick ? { steps: 20 } : {}) })
  const dense = quick ? { ...common, steps: 20 } : { ...common, steps: 20_000 }
  return {
    ...{ key, chosen: `${run.config.estimator}, ${run.config.neuron}`, error: run.relativeL2 },
    ...{ seconds: run.result.seconds, baselines: run.baselines },
    dense: await bestDense(dense, quick ? DENSE.slice(0, 1) : DENSE),
  }
}

/** Tables of a user. */
export const ownTables: Study<{ readonly rows: readonly TableRow[] }> = {
  name: 'own-tables',
  summary: 'tables with units and a category, trained by the default settings, beside dense networks',
  async run({ quick, backend, log, part }) {
    const rows: TableRow[] = []
    for (const key of quick ? [1] : [1, 2, 3, 4, 5]) {
      const row = await part(`key ${key}`, () => tableRow(key, quick, backend))
      log(`key ${key}: ${digits(row.error)} (${row.chosen}), dense ${digits(row.dense.error)} (${row.dense.settings})`)
      rows.push(row)
    }
    return { rows }
  },
  table({ rows }) {
    const of = (value: (row: TableRow) => number | null | undefined): string => meanSpread(rows.map(value))
    return titled(
      'Tables of 600 rows with units and a category, by default settings, relative L2 on the test rows, mean and spread over five tables and networks, keys 1 to 5',
      columns([rows], {
        'the trial chose': (own) => [...new Set(own.map(({ chosen }) => chosen))].join('; '),
        spiking: () => of(({ error }) => error),
        'dense, tuned': () => of(({ dense }) => dense.error),
        'spiking ÷ dense': (own) =>
          ratioText(
            pairedRatio(
              own.map(({ error }) => error),
              own.map(({ dense }) => dense.error),
            ),
          ),
        'untrained, ridge': () => of(({ baselines }) => baselines.untrained),
        'linear ridge': () => of(({ baselines }) => baselines.linear),
        'kernel ridge': () => of(({ baselines }) => baselines.kernel),
        seconds: () => of(({ seconds }) => seconds),
      }),
      'The yield of a reaction from temperature in K, pressure in Pa, time in s and one of three catalysts. The dense network is the best on the validation rows of two sizes and three rates, 20,000 steps by back-propagation, as many as the spiking network may take. The seconds are those of the training after the trial.',
    )
  },
}
