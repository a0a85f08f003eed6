import {
  type Backend,
  type Tensor,
  abs,
  add,
  concatenate,
  jit,
  key as keyOf,
  matmul,
  mul,
  normal,
  ones,
  reshape,
  scan,
  sign,
  slice,
  square,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  zeros,
} from '@spikeward/core'
import { sigmaDelta, spike, straightThrough } from '@spikeward/neurons'
import { mackeyGlass } from '@spikeward/problems'
import { type LeastSquaresState, recursiveLeastSquares, sampleDeviation, sampleMean } from '@spikeward/train'
import { markdownTable } from 'markdown-table'
import { type Study, type StudyRun, type Setting, columns, gaussians, grid, runFree, solveRidge } from './tools.js'

/** Points of the series in one Lyapunov time, 197 units of time. */
const POINTS = 75
/** Points of the training part and of the part that is forecast: ten Lyapunov times each. */
export const LENGTH = 10 * POINTS

/**
 * Symmetric mean absolute percentage error, from 0 to 200: 200 mean(|p − y| / (|p| + |y|)); 200 where a forecast is no
 * number.
 */
export function smape(forecast: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < y.length; i++) sum += Math.abs(forecast[i]! - y[i]!) / (Math.abs(forecast[i]!) + Math.abs(y[i]!))
  const mean = (200 * sum) / y.length
  return Number.isNaN(mean) ? 200 : mean
}

/** A forecast, and what one step of it takes. */
interface Forecast {
  readonly values: Float64Array
  /** Multiplications of a step that are not by zero, and those of dense layers; 0 where they are not counted. */
  readonly effective: number
  readonly dense: number
}

/** A way to forecast. */
interface Forecaster {
  readonly name: string
  /** Whether forecasts depend on a key. */
  readonly isRandom: boolean
  /** Settings that validation chooses from; a quick run takes the first, the one that the whole run has chosen. */
  readonly settings: readonly Setting[]
  /** Numbers that a forecast holds: weights, or points that it compares with, and its state. */
  numbers(setting: Setting): number
  /** Learns from {@link LENGTH} + 1 points, then runs free for {@link LENGTH} points. */
  forecast(setting: Setting, points: Float64Array, key: number, backend: Backend): Promise<Forecast>
}

/** `count` rows of x from row `from` on. */
const rowsOf = (x: Tensor, from: number, count: number): Tensor =>
  slice(x, [from, ...x.shape.slice(1).map(() => 0)], [from + count, ...x.shape.slice(1)])

const dot = (a: Tensor, w: Tensor): Tensor => reshape(matmul(reshape(a, [1, a.size]), w), [w.shape[1]!])

/** Mean and deviation of the first Lyapunov time: what is known before learning begins. */
function scaleOf(points: Float64Array): readonly [mean: number, deviation: number] {
  const first = points.subarray(0, POINTS)
  const mean = first.reduce((a, b) => a + b) / POINTS
  return [mean, Math.sqrt(first.reduce((a, b) => a + (b - mean) ** 2, 0) / POINTS)]
}

/** Weights of the ridge regression of y [m, 1] on rows of features [m, n]. */
const ridge = (features: Tensor, y: Tensor, penalty: number): Tensor =>
  solveRidge(matmul(transpose(features), features), matmul(transpose(features), y), penalty)

/** The window after a new point: the latest first. */
const shifted = (window: Tensor, x: Tensor): Tensor =>
  concatenate([reshape(x, [1]), rowsOf(window, 0, window.size - 1)], 0)

/**
 * Windows of `delays` points that end at each of `count` points, the latest first, [count, delays]; 0 before the
 * series.
 */
function windows(series: Tensor, delays: number): Tensor {
  const [, rows] = scan(
    (w: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = shifted(w, x)
      return [next, next]
    },
    zeros([delays], 'f64'),
    series,
  )
  return rows
}

/** Compiles a forecaster whose program takes the standardised points [LENGTH + 1]. */
async function forecastBy(
  points: Float64Array,
  backend: Backend,
  dense: number,
  program: (inputs: Tensor, changes: Tensor, last: Tensor) => readonly [Tensor, Tensor],
): Promise<Forecast> {
  const [mean, deviation] = scaleOf(points)
  const run = jit((all: Tensor) => {
    const inputs = rowsOf(all, 0, LENGTH)
    const changes = reshape(sub(rowsOf(all, 1, LENGTH), inputs), [LENGTH, 1])
    return program(inputs, changes, rowsOf(all, LENGTH, 1))
  })
  const standardised = points.map((x) => (x - mean) / deviation)
  const [values, effective] = run(tensor(standardised, { dtype: 'f64', backend }))
  const forecast = Float64Array.from(await values.data(), (x) => mean + deviation * Number(x))
  const work = await effective.data()
  run.dispose()
  return { values: forecast, effective: Array.from(work, Number).reduce((a, b) => a + b, 0) / LENGTH, dense }
}

const persistence: Forecaster = {
  name: 'persistence',
  isRandom: false,
  settings: [{}],
  numbers: () => 1,
  forecast: (_s, points) =>
    Promise.resolve({ values: new Float64Array(LENGTH).fill(points[LENGTH]!), effective: 0, dense: 0 }),
}

const zero = (): Tensor => zeros([1], 'f64')
const one = (): Tensor => ones([1], 'f64')

/** Features of the latest points: their changes are a linear function of them, fitted by ridge regression. */
const autoregression: Forecaster = {
  name: 'linear autoregression',
  isRandom: false,
  settings: grid({ delays: [50, 20, 10], penalty: [1e-8, 1e-5] }),
  numbers: ({ delays = 0 }) => 2 * delays,
  forecast: ({ delays = 0, penalty = 0 }, points, _key, backend) =>
    forecastBy(points, backend, delays, (inputs, changes, last) => {
      const rows = windows(inputs, delays)
      const [from, count] = [delays - 1, LENGTH - delays + 1]
      const w = ridge(rowsOf(rows, from, count), rowsOf(changes, from, count), penalty)
      return runFree(reshape(rowsOf(rows, LENGTH - 1, 1), [delays]), last, LENGTH, (window, x) => {
        const next = shifted(window, x)
        return [next, dot(next, w), zero()]
      })
    }),
}

/** Gaussian kernel ridge regression of the change on delay coordinates. */
const kernel: Forecaster = {
  name: 'kernel ridge on delay coordinates',
  isRandom: false,
  settings: grid({ delays: [12, 8, 20], width: [2, 4, 8], penalty: [1e-10, 1e-8] }),
  numbers: ({ delays = 0 }) => (LENGTH - delays + 1) * (delays + 1) + delays,
  forecast: ({ delays = 0, width = 0, penalty = 0 }, points, _key, backend) =>
    forecastBy(points, backend, (LENGTH - delays + 1) * (delays + 1), (inputs, changes, last) => {
      const rows = windows(inputs, delays)
      const count = LENGTH - delays + 1
      const centres = rowsOf(rows, delays - 1, count)
      const w = solveRidge(gaussians(centres, centres, width), rowsOf(changes, delays - 1, count), penalty)
      return runFree(reshape(rowsOf(rows, LENGTH - 1, 1), [delays]), last, LENGTH, (window, x) => {
        const next = shifted(window, x)
        const near = gaussians(reshape(next, [1, delays]), centres, width)
        return [next, reshape(matmul(near, w), [1]), zero()]
      })
    }),
}

const UNITS = 300
/** Points before the readout of a recurrent network is fitted: 0.6 Lyapunov times, as NeuroBench has it. */
const WARM_UP = 45

/**
 * An echo state network (tanh, dense recurrence of a given gain) with ridge regression as the readout, in one batch.
 */
const echoState: Forecaster = {
  name: 'echo state network, ridge readout',
  isRandom: true,
  settings: grid({ input: [0.3, 0.1, 1], radius: [0.9, 1.2], leak: [0.7, 1], penalty: [1e-7, 1e-9] }),
  // Recurrent weights, those of the input, biases, state, and the readout of the point, the units and 1.
  numbers: () => UNITS * UNITS + 4 * UNITS + 2,
  forecast: ({ input = 0, radius = 0, leak = 0, penalty = 0 }, points, key, backend) =>
    forecastBy(points, backend, UNITS * UNITS + 3 * UNITS + 2, (inputs, changes, last) => {
      const [u, b, v] = keyOf(key)
        .split(3)
        .map((k, i) => normal(k, i === 2 ? [UNITS, UNITS] : [UNITS], { dtype: 'f64' }))
      const back = mul(v!, radius / Math.sqrt(UNITS))
      const step = (h: Tensor, x: Tensor): Tensor =>
        add(mul(h, 1 - leak), mul(leak, tanh(add(add(dot(h, back), mul(mul(u!, input), x)), mul(b!, 0.3)))))
      const featuresOf = (h: Tensor, x: Tensor): Tensor => concatenate([reshape(x, [1]), h, one()], 0)
      const [h, rows] = scan(
        (before: Tensor, x: Tensor): [Tensor, Tensor] => {
          const next = step(before, x)
          return [next, featuresOf(next, x)]
        },
        zeros([UNITS], 'f64'),
        inputs,
      )
      const w = ridge(rowsOf(rows, WARM_UP, LENGTH - WARM_UP), rowsOf(changes, WARM_UP, LENGTH - WARM_UP), penalty)
      return runFree(h, last, LENGTH, (before, x) => {
        const next = step(before, x)
        return [next, dot(featuresOf(next, x), w), zero()]
      })
    }),
}

type Units = { readonly sigma: Tensor; readonly value: Tensor; readonly residue: Tensor }
type Events = { readonly window: Tensor; readonly state: Units; readonly held: Tensor }

/**
 * Ours: 300 sigma–delta units with fixed random weights get the changes of the latest points, and send graded events
 * when their own value has changed by θ. A linear readout of the squares of the sums of events, and of the points,
 * learns by recursive least squares: each point once, forward only, in memory that does not depend on time.
 */
const spiking: Forecaster = {
  name: 'sigma–delta units, online least squares',
  isRandom: true,
  settings: grid({ threshold: [0.01, 0.003, 0.001], penalty: [1e-4, 1e-3, 1e-2], delays: [8, 6, 12] }),
  // Weights of the window and of the readout; the window, the three numbers of each unit, and the sums of its events.
  numbers: ({ delays = 0 }) => delays * UNITS + (1 + delays + UNITS) + delays + 4 * UNITS,
  forecast: ({ threshold = 0, penalty = 0, delays = 0 }, points, key, backend) =>
    forecastBy(points, backend, delays * UNITS + 2 * UNITS + delays + 1, (inputs, changes, last) => {
      const [wKey, bKey] = keyOf(key).split(2)
      const weight = mul(normal(wKey!, [delays, UNITS], { dtype: 'f64' }), 1 / Math.sqrt(delays))
      const bias = normal(bKey!, [UNITS], { dtype: 'f64' })
      const neuron = sigmaDelta({ threshold })
      const fire = spike(straightThrough())
      const readout = recursiveLeastSquares({ ridge: penalty })
      /** The next state, the features, and the multiplications that are not by zero. */
      const step = ({ window, state: before, held }: Events, x: Tensor): readonly [Events, Tensor, Tensor] => {
        const now = shifted(window, x)
        const fired = neuron.step({}, before, dot(sub(now, window), weight), fire)
        const sums = add(held, fired.output)
        const events = sum(abs(sign(fired.output)))
        const features = concatenate([one(), now, square(sums)], 0)
        const effective = add(mul(2, events), delays * UNITS + delays + 1)
        return [{ window: now, state: fired.state, held: sums }, features, reshape(effective, [1])]
      }
      const start: Events = {
        window: zeros([delays], 'f64'),
        state: { ...neuron.rest([UNITS], 'f64'), sigma: bias },
        held: zeros([UNITS], 'f64'),
      }
      const silent = (e: Events, x: Tensor): [Events, []] => [step(e, x)[0], []]
      const [warm] = scan(silent, start, rowsOf(inputs, 0, WARM_UP))
      const [[events, state]] = scan(
        ([e, s]: readonly [Events, LeastSquaresState], [x, y]: readonly [Tensor, Tensor]) => {
          const [next, features] = step(e, x)
          return [[next, readout.update(s, features, y)], []] as [readonly [Events, LeastSquaresState], []]
        },
        [warm, readout.init(1 + delays + UNITS, 1)] as const,
        [rowsOf(inputs, WARM_UP, LENGTH - WARM_UP), rowsOf(changes, WARM_UP, LENGTH - WARM_UP)] as const,
      )
      return runFree(events, last, LENGTH, (before, x) => {
        const [next, features, effective] = step(before, x)
        return [next, readout.predict(state, features), effective]
      })
    }),
}

/** All forecasters; ours is the last. */
export const forecasters: readonly Forecaster[] = [persistence, autoregression, kernel, echoState, spiking]

/** Starts of the 30 test windows, half a Lyapunov time apart, as NeuroBench has them. */
const TEST = Array.from({ length: 30 }, (_, i) => Math.floor((i * POINTS) / 2))
/** Starts of the windows that hyperparameters are chosen on, behind all test windows. */
const VALIDATION = Array.from({ length: 6 }, (_, i) => 3000 + 300 * i)
const ALL = 3000 + 300 * 6 + 2 * LENGTH

/** One row: a forecaster with the setting that validation chose. */
export interface MackeyGlassRow {
  readonly name: string
  readonly setting: Setting
  /** Mean error over the validation windows with key 0; null in a quick run, which chooses nothing. */
  readonly validation: number | null
  /** Mean over keys of the mean error over the test windows, and its deviation over keys. */
  readonly smape: number
  readonly deviation: number
  readonly keys: number
  /** Multiplications of a step of the forecast: those not by zero (0 if not counted), and all. */
  readonly effective: number
  readonly dense: number
}

/** The share of units that send nothing in a step: each event is multiplied twice. */
function silentShare({ effective, setting: { delays = 0 } }: MackeyGlassRow): string {
  if (effective === 0) return '—'
  const events = (effective - delays * UNITS - delays - 1) / 2
  return `${(100 * (1 - events / UNITS)).toFixed(0)} %`
}

/** Kilobytes of a forecast in double precision. */
const footprint = ({ name, setting }: MackeyGlassRow): string =>
  ((8 * forecasters.find((one) => one.name === name)!.numbers(setting)) / 1000).toPrecision(3)

async function rowOf(one: Forecaster, { quick, backend, log }: StudyRun): Promise<MackeyGlassRow> {
  const series = mackeyGlass(ALL)
  const scores = async (starts: readonly number[], setting: Setting, key: number) => {
    const windows: { score: number; effective: number; dense: number }[] = []
    for (const from of starts) {
      const points = series.slice(from, from + LENGTH + 1)
      const { values, ...work } = await one.forecast(setting, points, key, backend)
      windows.push({ score: smape(values, series.subarray(from + LENGTH + 1, from + 2 * LENGTH + 1)), ...work })
    }
    return {
      score: sampleMean(windows.map((f) => f.score)),
      effective: sampleMean(windows.map((f) => f.effective)),
      dense: windows[0]!.dense,
    }
  }
  let [setting, validation]: [Setting, number | null] = [one.settings[0]!, null]
  for (const candidate of quick ? [] : one.settings) {
    const { score } = await scores(VALIDATION, candidate, 0)
    log(`${one.name} ${JSON.stringify(candidate)}: ${score.toFixed(2)}`)
    if (validation === null || score < validation) [setting, validation] = [candidate, score]
  }
  const keys = one.isRandom ? Array.from({ length: quick ? 2 : 5 }, (_, i) => i + 1) : [0]
  const byKey: Awaited<ReturnType<typeof scores>>[] = []
  for (const key of keys) byKey.push(await scores(quick ? TEST.filter((_, i) => i % 6 === 0) : TEST, setting, key))
  const errors = byKey.map(({ score }) => score)
  const row = {
    ...{ name: one.name, setting, validation, smape: sampleMean(errors), deviation: sampleDeviation(errors) ?? 0 },
    ...{ keys: keys.length, effective: sampleMean(byKey.map((f) => f.effective)), dense: byKey[0]!.dense },
  }
  log(`${one.name}: sMAPE ${row.smape.toFixed(2)} ± ${row.deviation.toFixed(2)}`)
  return row
}

/**
 * NeuroBench's task on the Mackey–Glass series with τ = 17: ten Lyapunov times to learn, ten to forecast without any
 * input.
 */
export const mackeyGlassForecast: Study<{ readonly rows: readonly MackeyGlassRow[]; readonly smape: number }> = {
  name: 'mackey-glass',
  summary:
    'forecast of ten Lyapunov times of the Mackey–Glass series, as NeuroBench has it, by online learning and by baselines',
  async run(options) {
    const rows: MackeyGlassRow[] = []
    for (const one of forecasters) rows.push(await rowOf(one, options))
    return { rows, smape: rows.at(-1)!.smape }
  },
  table: ({ rows }) =>
    markdownTable([
      ...columns(rows, {
        'forecast by': (r) => r.name,
        sMAPE: ({ smape: mean, deviation, keys }) =>
          keys > 1 ? `${mean.toFixed(2)} ± ${deviation.toFixed(2)} (${keys} keys)` : mean.toFixed(2),
        validation: (r) => r.validation?.toFixed(2) ?? '—',
        'footprint, kB': footprint,
        'multiplications a step': (r) => String(r.dense),
        'not by zero': (r) => (r.effective === 0 ? '—' : r.effective.toFixed(0)),
        'units silent': silentShare,
        setting: (r) => Array.from(Object.entries(r.setting), (one) => one.join(' ')).join(', '),
      }),
      ['LSTM (published, NeuroBench)', '13.37', '—', '400', '60300', '60300', '53 %', ''],
      ['echo state network (published, NeuroBench)', '14.79', '—', '281', '35200', '4370', '0 %', ''],
    ]),
  finding: ({ smape: errors }) =>
    `Sigma–delta units with a readout by recursive least squares forecast the Mackey–Glass series with a sMAPE of ${errors.toFixed(2)}.`,
}
