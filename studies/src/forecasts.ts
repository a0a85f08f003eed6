/** Free-running forecasts of chaotic systems in Lyapunov times. */
import {
  SpikewardError,
  add,
  cast,
  concatenate,
  jit,
  key as keyOf,
  matmul,
  mul,
  normal,
  ones,
  reshape,
  scan,
  slice,
  square,
  sub,
  tanh,
  tensor,
  toBackend,
  transpose,
  treeLeaves,
  zeros,
} from '@spikeward/core'
import type { Backend, SequenceNetwork, Tensor, Tree, Variables } from '@spikeward/core'
import { isSequenceNetwork, pairedRatio, train } from '@spikeward/experiment'
import { kuramotoSivashinsky, lorenzSeries } from '@spikeward/problems'
import { sampleDeviation, sampleMean } from '@spikeward/train'
import type { Study, StudyRun } from './tools.js'
import { type Setting, digits, gaussians, grid, meanSpread, ratioText, runFree, solveRidge, titled } from './tools.js'

const POINTS = 32

/**
 * The systems: numbers of a row, and rows in the time in which an error grows by e, of Lorenz 1/0.9056 (Viswanath
 * 1998), of Kuramoto–Sivashinsky 1/0.043 (Edson et al., ANZIAM J. 2019).
 */
const systems = {
  lorenz: {
    title: 'Lorenz, a row each 0.02',
    channels: 3,
    lyapunov: 1 / 0.9056 / 0.02,
    series: (rows: number): Promise<Float64Array> => Promise.resolve(lorenzSeries(rows)),
  },
  'kuramoto-sivashinsky': {
    title: 'Kuramoto–Sivashinsky, L = 22, a row each 0.5',
    channels: POINTS,
    lyapunov: 1 / 0.043 / 0.5,
    async series(rows: number): Promise<Float64Array> {
      const frames = rows + 400
      const problem = kuramotoSivashinsky({ points: POINTS, interval: 0.5, frames, train: 1, validation: 1, test: 1 })
      return Float64Array.from((await problem.trajectories('train')).values.subarray(400 * POINTS))
    },
  },
}
type System = keyof typeof systems
/** Known rows before a forecast, the error in deviations that ends it, and the most Lyapunov times of it. */
const [WARM_UP, THRESHOLD, LONGEST] = [64, 0.4, 12]

/** Standardised rows to learn from, [rows + 1, channels], and windows of known and following rows. */
interface Data {
  readonly channels: number
  readonly lyapunov: number
  readonly ahead: number
  readonly rows: Float64Array
  readonly validation: Float64Array
  readonly test: Float64Array
}

/** Rows, behind them windows for validation, two Lyapunov times apart, and behind all of these windows for the test. */
async function dataOf(name: System, quick: boolean): Promise<Data> {
  const [count, validation, test] = quick ? [1500, 5, 5] : [6000, 10, 30]
  const { channels, lyapunov, series } = systems[name]
  const [ahead, apart] = [LONGEST, 2].map((times) => Math.ceil(times * lyapunov)) as [number, number]
  const size = WARM_UP + ahead
  /** The row behind `n` windows of which the first begins at row `from`. */
  const behind = (from: number, n: number): number => from + (n - 1) * apart + size
  const tested = behind(count + 1, validation)
  const all = await series(behind(tested, test))
  const known = Array.from({ length: channels }, (_, c) =>
    Array.from({ length: count + 1 }, (__, r) => all[r * channels + c]!),
  )
  const [means, deviations] = [known.map(sampleMean), known.map((own) => sampleDeviation(own)!)]
  const scaled = all.map((v, i) => (v - means[i % channels]!) / deviations[i % channels]!)
  const windows = (from: number, n: number): Float64Array => {
    const values = new Float64Array(n * size * channels)
    for (let i = 0; i < n; i++)
      values.set(scaled.subarray((from + i * apart) * channels).subarray(0, size * channels), i * size * channels)
    return values
  }
  const rows = scaled.slice(0, (count + 1) * channels)
  return { channels, lyapunov, rows, validation: windows(count + 1, validation), test: windows(tested, test), ahead }
}

/** A step of a model: its next state, and its features or the change to the next row, from rows [n, channels]. */
interface Machine<S extends Tree> {
  rest(n: number): S
  step(state: S, x: Tensor): readonly [S, Tensor]
}

/** Rows [steps, n, channels] of windows. */
const inTime = (windows: Float64Array, channels: number, steps: number, backend: Backend): Tensor =>
  transpose(
    tensor(windows, { shape: [windows.length / channels / steps, steps, channels], dtype: 'f64', backend }),
    [1, 0, 2],
  )

const part = (x: Tensor, from: number, to: number): Tensor => slice(x, [from, 0, 0], [to, x.shape[1]!, x.shape[2]!])

/** The mean time in Lyapunov times over windows until the error of running free exceeds {@link THRESHOLD}. */
async function validTime<P extends Tree, S extends Tree>(
  make: (params: P) => Machine<S>,
  params: P,
  windows: Float64Array,
  { channels, lyapunov, ahead }: Data,
  backend: Backend,
): Promise<number> {
  const run = jit((p: P, known: Tensor): Tensor => {
    const { rest, step } = make(p)
    const count = known.shape[1]!
    const silent = (s: S, x: Tensor): [S, []] => [step(s, x)[0], []]
    const [state] = scan(silent, rest(count), part(known, 0, WARM_UP - 1))
    const last = reshape(part(known, WARM_UP - 1, WARM_UP), [count, channels])
    return runFree(state, last, ahead, (s, x) => [...step(s, x), []])[0]
  })
  const all = inTime(windows, channels, WARM_UP + ahead, backend)
  const values = await run(params, part(all, 0, WARM_UP)).data()
  const count = all.shape[1]!
  run.dispose()
  const error = (n: number, t: number): number => {
    const target = windows.subarray((n * (WARM_UP + ahead) + WARM_UP + t) * channels).subarray(0, channels)
    return Math.sqrt(
      sampleMean(Array.from(target, (y, c) => (Number(values[(t * count + n) * channels + c]) - y) ** 2)),
    )
  }
  const times = Array.from({ length: count }, (_, n) => {
    let t = 0
    while (t < ahead && error(n, t) <= THRESHOLD) t++
    return t / lyapunov
  })
  return sampleMean(times)
}

/** Pieces of the rows that are read at once to fit a readout. */
const PIECES = 10

/**
 * The valid time of a machine of features [n, features] with the change as their ridge regression, whose penalty
 * validation chooses.
 */
async function solvedTime<P extends Tree, S extends Tree>(
  make: (params: P) => Machine<S>,
  params: P,
  data: Data,
  on: 'validation' | 'test',
  backend: Backend,
): Promise<number> {
  const { channels, rows } = data
  const steps = (rows.length / channels - 1) / PIECES
  const pieces = (shift: number): Tensor =>
    inTime(rows.subarray(shift * channels, (shift + PIECES * steps) * channels), channels, steps, backend)
  const count = (steps - WARM_UP) * PIECES
  const normalEquations = jit((p: P, x: Tensor, next: Tensor): readonly [Tensor, Tensor] => {
    const { rest, step } = make(p)
    const [, features] = scan((s: S, now: Tensor): [S, Tensor] => [...step(s, now)], rest(PIECES), x)
    const flat = (t: Tensor): Tensor => reshape(part(t, WARM_UP, steps), [count, t.shape[2]!])
    const f = flat(features)
    return [matmul(transpose(f), f), matmul(transpose(f), flat(sub(next, x)))]
  })
  const [a, b] = normalEquations(params, pieces(0), pieces(1))
  normalEquations.dispose()
  const readout = ([p, w]: readonly [P, Tensor]): Machine<S> => {
    const { rest, step } = make(p)
    return {
      rest,
      step(state, x) {
        const [next, features] = step(state, x)
        return [next, matmul(features, w)]
      },
    }
  }
  let [best, most] = [null as readonly [P, Tensor] | null, -1]
  for (const penalty of [1e-9, 1e-7, 1e-5]) {
    const solve = jit((x: Tensor, y: Tensor): Tensor => solveRidge(x, y, penalty * count))
    const both = [params, solve(a, b)] as const
    solve.dispose()
    const time = await validTime(readout, both, data.validation, data, backend)
    if (best === null || time > most) [best, most] = [both, time]
  }
  return on === 'validation' || best === null ? most : validTime(readout, best, data.test, data, backend)
}

const withOne = (...parts: readonly Tensor[]): Tensor =>
  concatenate([...parts, ones([parts[0]!.shape[0]!, 1], 'f64')], 1)

/** The latest rows, the newest first, with a 1. */
const delayed = (channels: number, delays: number): Machine<Tensor> => ({
  rest: (n) => zeros([n, channels * delays], 'f64'),
  step(state, x) {
    const next = concatenate([x, slice(state, [0, 0], [x.shape[0]!, channels * (delays - 1)])], 1)
    return [next, withOne(next)]
  },
})

/** Gaussians of the latest rows around some of the rows that are learned. */
function nearRows({ channels, rows }: Data, delays: number, width: number, centres: number): Machine<Tensor> {
  const { rest, step: latest } = delayed(channels, delays)
  const count = rows.length / channels
  const at = Array.from({ length: centres }, (_, i) => delays + Math.floor((i * (count - delays - 1)) / centres))
  const values = at.flatMap((r) =>
    Array.from({ length: delays }, (_, d) => [...rows.subarray((r - d) * channels, (r - d + 1) * channels)]).flat(),
  )
  const centre = tensor(values, { shape: [centres, channels * delays], dtype: 'f64' })
  return {
    rest,
    step(state, x) {
      const [next] = latest(state, x)
      return [next, withOne(next, gaussians(next, centre, width * Math.sqrt(channels * delays)))]
    },
  }
}

/** An echo state network, h ← tanh(x W + h V + b), with random W, V and b. */
function echo(channels: number, units: number, { input = 0, radius = 0 }: Setting, key: number): Machine<Tensor> {
  const draw = (i: number, shape: readonly number[], scale: number): Tensor =>
    mul(normal(keyOf(key).fold(i), shape, { dtype: 'f64' }), scale)
  return {
    rest: (n) => zeros([n, units], 'f64'),
    step(h, x) {
      const w = draw(0, [channels, units], input / Math.sqrt(channels))
      const v = draw(1, [units, units], radius / Math.sqrt(units))
      const next = tanh(add(add(matmul(x, w), matmul(h, v)), draw(2, [units], 0.3)))
      return [next, withOne(x, next, square(next))]
    },
  }
}

/** A network of the product as a machine: what it predicts, or all that it holds. */
const machineOf =
  (network: SequenceNetwork<Variables>, scale: number, shows: 'change' | 'state') =>
  (variables: Variables): Machine<Tree> => ({
    rest: (n) => network.rest(n),
    step(state, x) {
      const [next, y] = network.step(variables, state, cast(x, 'f32'))
      if (shows === 'change') return [next, mul(cast(y, 'f64'), scale)]
      return [next, withOne(x, ...treeLeaves(next).map((t) => cast(t, 'f64')))]
    },
  })

/** Trains a network on the changes between rows, in windows, by `train` of the product. */
async function trained(
  { channels, rows }: Data,
  own: { readonly network: string; readonly estimator: string; readonly learningRate: number; readonly key: number },
  { quick, backend }: StudyRun,
): Promise<{ readonly network: SequenceNetwork<Variables>; readonly variables: Variables; readonly scale: number }> {
  const changes = rows.slice(channels).map((v, i) => v - rows[i]!)
  const scale = sampleDeviation([...changes])!
  const rowsOf = (all: Float64Array): Float64Array[] =>
    Array.from({ length: changes.length / channels }, (_, r) => all.subarray(r * channels, (r + 1) * channels))
  const data = {
    sequences: [{ inputs: rowsOf(rows), outputs: rowsOf(changes.map((v) => v / scale)) }],
    split: { validation: 0.05, test: 0.05 },
  }
  const sizes = { delays: 1, window: 32, warmUp: 32, steps: quick ? 20 : 300, hidden: [quick ? 16 : 128] }
  const how = { trial: false, baselines: 'none', threads: 1, backend: backend.name } as const
  await using run = await train({ data, ...sizes, ...how, ...own })
  const { kind, network } = run.experiment
  if (kind !== 'regression' || !isSequenceNetwork(network))
    throw new SpikewardError('STUDY_COMMAND', `${own.network} reads no steps; name a network of sequences`)
  return { network, variables: await toBackend(run.variables, backend), scale }
}

/** A way to forecast, one row of the table or several, from each training of it. */
interface Forecaster {
  readonly names: readonly string[]
  readonly isRandom: boolean
  /** Validation chooses one; a quick run takes the first. */
  readonly settings: readonly Setting[]
  /** Lyapunov times for each name. */
  run(data: Data, setting: Setting, key: number, on: 'validation' | 'test', study: StudyRun): Promise<readonly number[]>
}

/** The ridge regression on a machine's features as a forecaster. */
const byRidge = <S extends Tree>(
  name: string,
  settings: readonly Setting[],
  machine: (data: Data, setting: Setting, key: number, quick: boolean) => Machine<S>,
  isRandom = false,
): Forecaster => ({
  names: [name],
  isRandom,
  settings,
  run: async (data, setting, key, on, { backend, quick }) => [
    await solvedTime(() => machine(data, setting, key, quick), [], data, on, backend),
  ],
})

/** A network that is trained; with three names, also with a solved readout, after the training and without it. */
const byTraining = (
  names: readonly string[],
  network: string,
  estimator: string,
  rates: readonly number[] = [3e-3, 1e-2],
): Forecaster => ({
  names,
  isRandom: true,
  settings: grid({ learningRate: rates }),
  async run(data, { learningRate = 0 }, key, on, study) {
    const { backend } = study
    const { network: own, variables, scale } = await trained(data, { network, estimator, learningRate, key }, study)
    const times = [await validTime(machineOf(own, scale, 'change'), variables, data[on], data, backend)]
    for (const params of names.length === 1 || on === 'validation'
      ? []
      : [variables, own.init(keyOf(key, { backend }))])
      times.push(await solvedTime(machineOf(own, scale, 'state'), params, data, on, backend))
    return times
  },
})

const [UNTRAINED, GRU] = ['untrained spiking, readout solved', 'GRU, by bp']

const forecasters: readonly Forecaster[] = [
  byRidge('persistence', [{}], () => ({ rest: (): [] => [], step: (s, x) => [s, mul(x, 0)] })),
  byRidge('linear ridge on delay coordinates', grid({ delays: [1, 2, 4] }), ({ channels }, { delays = 1 }) =>
    delayed(channels, delays),
  ),
  byRidge(
    'kernel ridge on delay coordinates',
    grid({ delays: [1, 2], width: [0.5, 1, 2] }),
    (data, { delays = 1, width = 1 }, _key, quick) => nearRows(data, delays, width, quick ? 100 : 600),
  ),
  byRidge(
    'echo state network, ridge readout',
    grid({ input: [0.3, 1], radius: [0.3, 0.9] }),
    ({ channels }, setting, key, quick) => echo(channels, quick ? 50 : 300, setting, key),
    true,
  ),
  byTraining([GRU], 'gru', 'bp'),
  byTraining(['spiking, by traces', 'the same, readout solved after it', UNTRAINED], 'recurrent', 'realTimeRecurrent'),
  // A rate chosen by validation would be the one that changes least.
  byTraining(['spiking, random signs of traces'], 'recurrent', 'randomSign(realTimeRecurrent)', [3e-3]),
]

/** A way to forecast a system: Lyapunov times for each key. */
export interface ForecastRow {
  readonly system: System
  readonly name: string
  readonly setting: Setting
  readonly times: readonly number[]
}

async function rowsOf(system: System, one: Forecaster, data: Data, study: StudyRun): Promise<ForecastRow[]> {
  const { quick, log } = study
  let [setting, most] = [one.settings[0]!, -1]
  for (const candidate of quick || one.settings.length === 1 ? [] : one.settings) {
    const [time = 0] = await one.run(data, candidate, 90, 'validation', study)
    log(`${system}, ${one.names[0]}, ${JSON.stringify(candidate)}: ${digits(time)} on validation`)
    if (time > most) [setting, most] = [candidate, time]
  }
  const times: (readonly number[])[] = []
  for (const key of one.isRandom ? (quick ? [1, 2] : [1, 2, 3, 4, 5]) : [0])
    times.push(await one.run(data, setting, key, 'test', study))
  const rows = one.names.map((name, i) => ({ system, name, setting, times: times.map((own) => own[i]!) }))
  for (const row of rows) log(`${system}, ${row.name}: ${meanSpread(row.times)} Lyapunov times`)
  return rows
}

export const forecasts: Study<{ readonly rows: readonly ForecastRow[] }> = {
  name: 'forecasts',
  summary: 'free-running forecasts of Lorenz and Kuramoto–Sivashinsky in Lyapunov times, beside baselines',
  async run(study) {
    const rows: ForecastRow[] = []
    for (const name of Object.keys(systems) as System[]) {
      const data = await dataOf(name, study.quick)
      for (const one of forecasters) rows.push(...(await rowsOf(name, one, data, study)))
    }
    return { rows }
  },
  table({ rows }) {
    const against = (r: ForecastRow, name: string): string => {
      const rival = rows.find((other) => other.system === r.system && other.name === name)!
      return r === rival || r.times.length === 1 ? '' : ratioText(pairedRatio(r.times, rival.times))
    }
    return titled(
      `Lyapunov times until the error of running free exceeds ${THRESHOLD} deviations, means over windows`,
      [
        ['system', 'forecast by', 'Lyapunov times', `÷ ${GRU} (95% interval)`, `÷ ${UNTRAINED}`, 'setting'],
        ...rows.map((r) => [
          systems[r.system].title,
          r.name,
          meanSpread(r.times),
          against(r, GRU),
          against(r, UNTRAINED),
          Object.entries(r.setting).flat().join(' '),
        ]),
      ],
    )
  },
}
