/** Equations of JSON files, as docs/own/equation.md states them, and the intervals around predictions of a table. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError, key as keyOf, normal, uniform } from '@spikeward/core'
import { type TrainSettings, intervalsOf, train } from '@spikeward/experiment'
import { allenCahn } from '@spikeward/problems'
import { root } from './stored.js'
import { type Study, type StudyRun, columns, digits, meanSpread, temporaryFolder, titled } from './tools.js'

/** One training of an equation. */
export type EquationRow = {
  readonly equation: string
  readonly key: number
  /** Relative L2 against the exact solution, or that of a Fourier solver. */
  readonly error: number
  readonly seconds: number
}

/** Settings of a command of the page, the goal of its error, and the keys. */
type Case = {
  readonly goal: string
  readonly keys: readonly number[]
  readonly settings: Omit<TrainSettings, 'problem' | 'data'>
}

const equations: Readonly<Record<string, Case>> = {
  'thirty-waves': {
    goal: '0.01 in 60 s',
    keys: [1, 2, 3, 4, 5],
    settings: {
      ...{ derivative: 'exact', collocation: 2000, steps: 20 },
      ...{ hidden: [16], options: { damping: 1e-4, precision: 'f64', subdomains: [30] } },
    },
  },
  melting: { goal: '–', keys: [1, 2, 3, 4, 5], settings: {} },
  fronts: {
    goal: '0.005',
    keys: [1, 2, 3],
    settings: {
      ...{ hidden: [20, 20], derivative: 'stencil(accuracy=4,step=0.003:0.01)', collocation: 1500, steps: 400 },
      ...{ refine: 'rad(every=5)', schedule: 'cosine', patience: 20 },
      options: { gain: 4, even: [0], precision: 'f64', below: 'traces' },
    },
  },
}

/** The equation file of a name in the guide. */
async function equationFile(folder: string, name: string): Promise<string> {
  const page = await readFile(join(root, 'docs', 'own', 'equation.md'), 'utf8')
  const text = [...page.matchAll(/```json\n(.*?)```/gs)]
    .map(([, json]) => json!)
    .find((json) => json.includes(`"name": "${name}"`))
  if (text === undefined)
    throw new SpikewardError('STUDY_DOCS', `docs/own/equation.md shows no file "${name}"; add it, or leave it out here`)
  const path = join(folder, `${name}.json`)
  await writeFile(path, text)
  return path
}

async function equationRow(name: string, key: number, { quick, backend }: StudyRun): Promise<EquationRow> {
  await using folder = await temporaryFolder('own-files')
  const { settings } = equations[name]!
  await using run = await train({
    ...{ problem: await equationFile(folder.path, name), spiking: 'none', key, backend: backend.name, threads: 1 },
    ...{ baselines: 'none', ...settings, ...(quick ? { steps: 2 } : {}) },
  })
  const { seconds } = run.result
  if (name !== 'fronts') return { equation: name, key, error: run.relativeL2, seconds }
  const { x, y, count } = allenCahn().points('test')
  const { values } = await run.predict({ points: Array.from({ length: count }, (_, i) => [x[2 * i]!, x[2 * i + 1]!]) })
  const squares = (of: (i: number) => number): number => y.reduce((sum, _, i) => sum + of(i) ** 2, 0)
  return { equation: name, key, error: Math.sqrt(squares((i) => values[i]! - y[i]!) / squares((i) => y[i]!)), seconds }
}

/** Equations of the guide, trained from their files. */
export const ownEquations: Study<{ readonly rows: readonly EquationRow[] }> = {
  name: 'own-equations',
  summary: 'equations in JSON files of the guide: many waves, a boundary that moves, sharp fronts',
  async run(study) {
    const rows: EquationRow[] = []
    for (const [name, { keys }] of Object.entries(equations))
      for (const key of study.quick ? [1] : keys) {
        const row = await equationRow(name, key, study)
        study.log(`${name}, key ${key}: ${digits(row.error)} after ${digits(row.seconds)} s`)
        rows.push(row)
      }
    return { rows }
  },
  table({ rows }) {
    const groups = Object.keys(equations).map((name) => rows.filter((row) => row.equation === name))
    return titled(
      'Equations in JSON files, dense networks, one thread',
      columns(groups, {
        equation: ([first]) => first!.equation,
        keys: (own) => `${own.length}`,
        'relative L2': (own) => meanSpread(own.map(({ error }) => error)),
        smallest: (own) => digits(Math.min(...own.map(({ error }) => error))),
        largest: (own) => digits(Math.max(...own.map(({ error }) => error))),
        goal: ([first]) => equations[first!.equation]!.goal,
        seconds: (own) => meanSpread(own.map(({ seconds }) => seconds)),
      }),
      'The files and commands are in [Solve your own equation](../../own/equation.md): waves in subdomains, melting with both unknowns, fronts against a Fourier solver. The machine did other work meanwhile.',
    )
  },
}

/** The share of held-back rows in the intervals of one key. */
export type IntervalRow = { readonly key: number; readonly covered: number; readonly radius: number }

/** Rows a, b, sin 3a + b with noise whose deviation grows with a, which no interval of one length knows. */
async function noisyRows(key: number, count: number): Promise<{ inputs: number[][]; outputs: number[][] }> {
  const a = await uniform(keyOf(key + 1000), [count], { min: -1, max: 1 }).data()
  const b = await uniform(keyOf(key + 2000), [count]).data()
  const noise = await normal(keyOf(key + 3000), [count]).data()
  return {
    inputs: Array.from(a, (v, i) => [v, b[i]!]),
    outputs: Array.from(a, (v, i) => [Math.sin(3 * v) + b[i]! + 0.1 * (1.5 + v) * noise[i]!]),
  }
}

/** Validation rows, from whose errors intervals follow, and test rows. */
const CALIBRATION = 4000
const HELD_BACK = 1000

/** Coverage of `predict --interval 0.9`. */
export const intervals: Study<{ readonly rows: readonly IntervalRow[]; readonly validation: number }> = {
  name: 'intervals',
  summary: 'the share of rows that intervals of 90 % contain, over ten keys',
  async run({ quick, backend, log }) {
    const rows: IntervalRow[] = []
    const validation = quick ? 200 : CALIBRATION
    const count = 1000 + validation + HELD_BACK
    for (let key = 0; key < (quick ? 2 : 10); key++) {
      await using run = await train({
        data: { ...(await noisyRows(key, count)), split: { validation: validation / count, test: HELD_BACK / count } },
        ...{ estimator: 'eligibility', hidden: [20], time: 8, steps: 60, batch: 64, key, dataKey: key },
        ...{ backend: backend.name, threads: 1, baselines: 'none' },
      })
      const { radii } = await intervalsOf(run.experiment, run.variables, 0.9)
      const { prediction } = await run.experiment.measure(run.variables, 'test')
      const on = await run.experiment.data('test')
      const y = on.kind === 'points' ? on.points.y : on.data.values
      const covered = y.filter((v, i) => Math.abs(v - prediction[i]!) <= radii[0]!).length / y.length
      log(`key ${key}: ${digits(100 * covered)} % of ${y.length} rows`)
      rows.push({ key, covered, radius: radii[0]! })
    }
    return { rows, validation }
  },
  table: ({ rows, validation }) =>
    titled(
      `Intervals of 90 % around predictions of a noisy table, from ${validation} validation rows, on ${HELD_BACK} held-back rows`,
      [
        ['key', ...rows.map(({ key }) => `${key}`), 'mean'],
        [
          'contained, %',
          ...[...rows.map(({ covered }) => covered), rows.reduce((sum, r) => sum + r.covered, 0) / rows.length].map(
            (share) => (100 * share).toFixed(1),
          ),
        ],
      ],
      'By counting alone, one key of 17 lies outside 88 to 92 %: its share has a deviation of √(0.09 (1/1000 + 1/4000)) = 1.06 %.',
    ),
}
