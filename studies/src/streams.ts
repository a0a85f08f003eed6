/** Streams whose systems change: forecasts by networks that learn on, and how soon a defect is noticed. */
import { key as keyOf } from '@spikeward/core'
import { type Baselines, spikingForecaster, train } from '@spikeward/experiment'
import { sgd } from '@spikeward/optim'
import { bearing, exampleStreams, tankRun } from '@spikeward/problems'
import { type LearnedSample, type Sample, sampleDeviation, sampleMean } from '@spikeward/train'
import { type Forecasts, byLeastSquares, byNetwork, linearPart, predictionsOf } from './streamForecasts.js'
import { type Study, type StudyRun, columns, digits, meanSpread, titled } from './tools.js'

/** Streams that are forecast: samples that a forecast lies ahead. Eight samples are read at once. */
const systems = { lorenz: 5, 'mackey-glass': 6 } as const
type System = keyof typeof systems
const DELAYS = 8

/** Errors ÷ the deviation of the stream in the last tenth of each third, by key. */
export interface DriftRow {
  readonly system: System
  readonly name: string
  readonly before: readonly number[]
  readonly drift: readonly number[]
  readonly after: readonly number[]
}

/** A way to notice a defect: by key, notices before there is one, and revolutions from its beginning to the next. */
export interface DefectRow {
  readonly name: string
  readonly falseAlarms: readonly number[]
  /** Null: none until the end. */
  readonly revolutions: readonly (number | null)[]
}

/** Simulations of two tanks, root mean square errors on runs of their own, by key. */
export interface TankRow {
  readonly name: string
  readonly errors: readonly (number | null)[]
}

export async function samplesOf(name: string, key: number, count: number): Promise<Sample[]> {
  const samples: Sample[] = []
  for await (const row of exampleStreams[name]!.rows(keyOf(key), count)) samples.push({ x: row, y: row })
  return samples
}

/** ‖ŷ − y‖ ÷ ‖y − ȳ‖ over samples. */
export function errorOf(forecasts: Forecasts, samples: readonly Sample[], from: number, to: number): number {
  const part = samples.slice(from, to)
  const means = Array.from(part[0]!.y, (_, c) => sampleMean(part.map(({ y }) => y[c]!)))
  let [off, size] = [0, 0]
  part.forEach(({ y }, i) =>
    means.forEach((mean, c) => {
      off += (forecasts[from + i]![c]! - y[c]!) ** 2
      size += (y[c]! - mean) ** 2
    }),
  )
  return Math.sqrt(off / size)
}

const lineOf = (rows: readonly (readonly number[])[]): string =>
  rows.map((row) => row.map((v) => digits(v)).join(' ')).join('; ')

const FORECASTERS = [
  'spiking network that learns',
  'the same, frozen before the drift',
  'its linear part alone, which learns',
  'linear readout by recursive least squares',
  'last value',
]

/** Rates as multiples of the default, and forgetting, which key 0 chooses by the greatest of the three errors. */
const SETTINGS = { rate: [0.3, 1, 3], forgetting: [0.999, 0.9999] } as const

async function driftRows(system: System, { quick, backend, log }: StudyRun): Promise<readonly DriftRow[]> {
  const count = quick ? 6000 : 20_000
  const horizon = systems[system]
  const third = Math.floor(count / 3)
  const windows = [third, 2 * third, count].map((to) => [to - Math.floor(count / 30), to] as const)
  const width = exampleStreams[system]!.columns.length
  const sizes = { inputs: width, outputs: width, delays: DELAYS, horizon }
  const options = (factor: number) => ({
    ...spikingForecaster({ ...sizes, hidden: [128] }),
    optimizer: sgd(factor * Math.min(0.01, 0.2 / (width * DELAYS))),
  })
  const errorsOf = (forecasts: Forecasts, samples: readonly Sample[]): number[] =>
    windows.map(([from, to]) => errorOf(forecasts, samples, from, to))
  const spiking = async (factor: number, samples: readonly Sample[], key: number) => {
    const { live, frozen } = await byNetwork(options(factor), samples, third, key, backend)
    return [live, frozen].map((one) => errorsOf(predictionsOf(one, count), samples))
  }
  const linear = async (factor: number, samples: readonly Sample[], key: number) => {
    const { live } = await byNetwork(linearPart(options(factor)), samples, third, key, backend)
    return errorsOf(predictionsOf(live, count), samples)
  }
  const solved = async (forgetting: number, samples: readonly Sample[]) =>
    errorsOf(await byLeastSquares(samples, sizes, forgetting), samples)
  /** The setting whose greatest error for key 0 is least. */
  const best = async (settings: readonly number[], errors: (setting: number) => Promise<number[]>): Promise<number> => {
    let [least, chosen] = [Infinity, settings[0]!]
    for (const setting of settings) {
      const greatest = Math.max(...(await errors(setting)))
      if (greatest < least) [least, chosen] = [greatest, setting]
    }
    return chosen
  }
  const known = await samplesOf(system, 0, count)
  const rates = quick ? [1] : SETTINGS.rate
  const rate = await best(rates, async (factor) => (await spiking(factor, known, 0))[0]!)
  const linearRate = await best(rates, (factor) => linear(factor, known, 0))
  const forgetting = await best(quick ? [0.999] : SETTINGS.forgetting, (value) => solved(value, known))
  log(`${system}: rate ${rate}, of the linear part ${linearRate}, forgetting ${forgetting}`)
  const all: (readonly (readonly number[])[])[] = []
  for (const key of keysOf(quick)) {
    const samples = await samplesOf(system, key, count)
    const last = samples.map((_, t) => (t < horizon ? null : samples[t - horizon]!.y))
    all.push([
      ...(await spiking(rate, samples, key)),
      await linear(linearRate, samples, key),
      await solved(forgetting, samples),
      errorsOf(last, samples),
    ])
    log(`${system}, key ${key}: ${lineOf(all.at(-1)!)}`)
  }
  const at = (row: number, phase: number): number[] => all.map((of) => of[row]![phase]!)
  return FORECASTERS.map((name, i) => ({ system, name, before: at(i, 0), drift: at(i, 1), after: at(i, 2) }))
}

/** Keys 1 to 4 were seen before the rates took 0.3 in: others are reported. */
const keysOf = (quick: boolean): readonly number[] => (quick ? [1] : [11, 12, 13, 14, 15])

/** Revolutions whose root mean square is compared, and deviations above its mean that count as a notice. */
const [WINDOW, LIMIT] = [4 * bearing.revolution, 5] as const

/**
 * Samples at which the root mean square of a window is more than LIMIT deviations above its mean: over windows of the
 * samples before `known`.
 */
function byMovingSquares(signal: ArrayLike<number>, known: number): number[] {
  const sizes = Array.from({ length: Math.floor(signal.length / WINDOW) }, (_, w) =>
    Math.sqrt(sampleMean(Array.from({ length: WINDOW }, (__, i) => signal[w * WINDOW + i]! ** 2))),
  )
  const early = sizes.slice(0, Math.floor(known / WINDOW))
  const limit = sampleMean(early) + LIMIT * sampleDeviation(early)!
  return sizes.flatMap((size, w) => ((w + 1) * WINDOW > known && size > limit ? [(w + 1) * WINDOW - 1] : []))
}

async function defectRows({ quick, backend, log }: StudyRun): Promise<readonly DefectRow[]> {
  const count = quick ? 16_000 : 32_000
  const [known, begun] = [Math.floor(count / 4), Math.floor(count / 2)]
  const options = spikingForecaster({ inputs: 1, outputs: 1, delays: 16, horizon: 1, hidden: [128] })
  const noticesOf = (outcomes: readonly LearnedSample[]): number[] =>
    outcomes.filter(({ drift }) => drift).map(({ index }) => index)
  const all: (readonly (readonly number[])[])[] = []
  for (const key of keysOf(quick)) {
    const samples = await samplesOf('bearing', key, count)
    const signal = samples.map(({ x }) => x[0]!)
    const spiking = await byNetwork(options, samples, known, key, backend)
    const linear = await byNetwork(linearPart(options), samples, known, key, backend)
    const change = signal.map((v, t) => (t === 0 ? 0 : v - signal[t - 1]!))
    all.push([
      ...[spiking.live, spiking.frozen, linear.live].map(noticesOf),
      ...[signal, change].map((one) => byMovingSquares(one, known)),
    ])
    log(`bearing, key ${key}: ${lineOf(all.at(-1)!.map((notices) => notices.slice(0, 6)))}`)
  }
  return [
    'drift of `learn`, spiking network',
    'the same, frozen after a quarter',
    'its linear part alone',
    'root mean square of four revolutions',
    'the same of differences between samples',
  ].map((name, i) => ({
    name,
    falseAlarms: all.map((of) => of[i]!.filter((t) => t >= known && t < begun).length),
    revolutions: all.map((of) => {
      const first = of[i]!.find((t) => t >= begun)
      return first === undefined ? null : (first - begun) / bearing.revolution
    }),
  }))
}

const SIMULATORS = {
  untrained: 'untrained spiking network, readout solved',
  linear: 'linear ridge regression on 32 delays',
  kernel: 'kernel ridge regression on 32 delays',
  echoState: 'echo state network, 200 units',
  dense: 'gated units (GRU) by `bp`',
} as const satisfies Partial<Record<keyof Baselines, string>>

async function tankRows({ quick, backend, log }: StudyRun): Promise<readonly TankRow[]> {
  const [runs, rows] = [quick ? 10 : 20, 512]
  const all: Readonly<Record<string, number | null>>[] = []
  for (const key of keysOf(quick)) {
    const sequences: { readonly inputs: number[][]; readonly outputs: number[][] }[] = []
    for (let run = 0; run < runs; run++) {
      const { voltages, readings } = await tankRun(keyOf(key).fold(run), rows)
      sequences.push({ inputs: Array.from(voltages, (u) => [u]), outputs: Array.from(readings, (y) => [y]) })
    }
    const sizes = { window: 64, warmUp: 128, delays: 32, steps: quick ? 100 : 500, trial: false }
    await using run = await train({
      ...{ data: { sequences }, ...sizes, key, baselines: 'all', backend: backend.name, threads: 1 },
    })
    const { problem } = run.experiment
    if (problem.kind !== 'regression') throw new TypeError('sequences are a regression')
    const targets = problem.points('test').y
    const size = Math.sqrt(targets.reduce((sum, y) => sum + y ** 2, 0) / targets.length)
    const rmse = (error: number | null | undefined): number | null => (typeof error === 'number' ? size * error : null)
    const baselines = Object.fromEntries(
      Object.keys(SIMULATORS).map((name) => [name, rmse(run.baselines[name as keyof typeof SIMULATORS])]),
    )
    all.push({ spiking: rmse(run.relativeL2Pooled), ...baselines })
    log(`tanks, key ${key}: ${JSON.stringify(all.at(-1))}`)
  }
  return Object.entries({ spiking: 'spiking network by traces', ...SIMULATORS }).map(([id, name]) => ({
    name,
    errors: all.map((of) => of[id] ?? null),
  }))
}

/** Systems that drift, a defect that grows, and two tanks. */
export const streams: Study<{
  readonly drifts: readonly DriftRow[]
  readonly defects: readonly DefectRow[]
  readonly tanks: readonly TankRow[]
}> = {
  name: 'streams',
  summary: 'Lorenz and Mackey–Glass systems that drift, a bearing with a defect, and two cascaded tanks',
  async run(options) {
    const drifts: DriftRow[] = []
    for (const system of ['lorenz', 'mackey-glass'] as const) drifts.push(...(await driftRows(system, options)))
    return { drifts, defects: await defectRows(options), tanks: await tankRows(options) }
  },
  table: ({ drifts, defects, tanks }) =>
    [
      ...(['lorenz', 'mackey-glass'] as const).map((system) =>
        titled(
          `${system === 'lorenz' ? 'Lorenz system, ρ from 28 to 56' : 'Mackey–Glass series, delay from 17 to 30'}: error ${systems[system]} samples ahead ÷ deviation, ${drifts[0]!.before.length} keys`,
          columns(
            drifts.filter((row) => row.system === system),
            {
              'forecast by': (r) => r.name,
              'before the drift': (r) => meanSpread(r.before),
              'end of the drift': (r) => meanSpread(r.drift),
              'after it': (r) => meanSpread(r.after),
            },
          ),
        ),
      ),
      titled(
        'A bearing whose defect grows, after a load that rose by 30 %',
        columns(defects, {
          'noticed by': (r) => r.name,
          'false alarms, by key': (r) => r.falseAlarms.join(', '),
          'revolutions until noticed': (r) => meanSpread(r.revolutions),
        }),
      ),
      titled(
        'Two cascaded tanks: root mean square error of the simulated level on held-back runs',
        columns(tanks, {
          'simulated by': (r) => r.name,
          'error (height 10, noise 0.05), by key': (r) => r.errors.map((error) => digits(error)).join(', '),
        }),
      ),
    ].join('\n\n'),
  finding({ drifts }) {
    const after = (system: System, names: string): string =>
      digits(sampleMean(drifts.find((row) => row.system === system && row.name.includes(names))!.after))
    const all = (system: System): string =>
      `${after(system, 'that learns')}; the same network, frozen before, ends at ${after(system, 'frozen')}; a linear readout by recursive least squares at ${after(system, 'least squares')}`
    return `After a drift of its delay, a spiking network that learns forecasts the Mackey–Glass series to an error of ${all('mackey-glass')}, in deviations of the series. On a Lorenz system that drifted: ${all('lorenz')}.`
  },
}
