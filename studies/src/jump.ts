/** After a jump of a system's parameter: samples until forecasts are as good as before, by traces and by `bp`. */
import {
  add,
  cast,
  clip,
  concatenate,
  grad,
  jit,
  key as keyOf,
  mul,
  ones,
  reshape,
  scan,
  slice,
  sub,
  sum,
  tensor,
  treeLeaves,
  treeMap,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Backend, Key, Tensor, Tree } from '@spikeward/core'
import { type PairedRatio, pairedRatio } from '@spikeward/experiment'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { type SpikingStreamParams, type SpikingStreamState, spikingStream } from '@spikeward/operators'
import { momentum, sgd } from '@spikeward/optim'
import { mackeyGlass } from '@spikeward/problems'
import { type LeastSquaresState, learner, recursiveLeastSquares } from '@spikeward/train'
import { type Study, type StudyRun, columns, digits, meanSpread, ratioText, titled } from './tools.js'

/** Points that a step reads at once, points that a forecast lies ahead, and units of the hidden layer. */
const [DELAYS, HORIZON, UNITS] = [8, 6, 128] as const

/** Points of the series that are left out: its transient. */
const SETTLE = 500

/** The Mackey–Glass series, whose delay jumps at point `at`; a key draws its past. */
export async function jumpingSeries(count: number, at: number, [from, to]: readonly [number, number], key: number) {
  const past = Number(await uniform(keyOf(key), [1], { min: 0.6, max: 1.2 }).item())
  return mackeyGlass(SETTLE + count, { past, delay: (point) => (point < SETTLE + at ? from : to) }).subarray(SETTLE)
}

const network = spikingStream({
  inputs: DELAYS,
  hidden: [UNITS],
  neuron: leakyIntegrateAndFire({ beta: 0.9 }),
  spike: spike(atan()),
})

/**
 * Ways to learn: `learn` by traces, `bp` over the last `window` rows, and a linear readout that forgets. A rate is that
 * along a constant slope.
 */
export type JumpSetting =
  | { readonly way: 'learn'; readonly rate: number; readonly momentum: number }
  | { readonly way: 'bp'; readonly window: number; readonly rate: number }
  | { readonly way: 'linear'; readonly forgetting: number }

/**
 * Multiplications of a sample, of dense products: forward passes (of the forecast, of the step whose target has come,
 * of the state before a window), errors to the layer's units, products of the gradient, and of its step.
 */
export function operationsOf(setting: JumpSetting): number {
  const [inputs, back] = [DELAYS * UNITS, UNITS * UNITS + UNITS]
  const pass = inputs + back + DELAYS
  if (setting.way === 'learn') return 2 * pass + UNITS + pass + (setting.momentum === 0 ? 1 : 2) * pass
  if (setting.way === 'bp') return (2 + setting.window) * pass + setting.window * (back + pass) + pass
  return 3 * (DELAYS + 1) ** 2 + 2 * (DELAYS + 1)
}

/** Absolute errors of the forecast of each sample, by `learn`. */
async function byLearn(
  rate: number,
  decay: number,
  series: Float64Array,
  key: number,
  backend: Backend,
): Promise<Float64Array> {
  const sizes = { inputs: 1, outputs: 1, delays: DELAYS, horizon: HORIZON }
  const optimizer = decay === 0 ? sgd(rate) : momentum(rate * (1 - decay), { decay })
  const one = await learner({ network, ...sizes, optimizer, key, backend })
  const errors = new Float64Array(series.length)
  for (let from = 0; from < series.length; from += 64) {
    const points = Array.from(series.subarray(from, from + 64), (v) => ({ x: [v], y: [v] }))
    for (const { index, error } of await one.take(points)) errors[index] = error
  }
  return errors
}

/** Columns of a row: inputs whose target has come, that target, the newest inputs. */
const WIDTH = 2 * DELAYS + 1
const columnsOf = (row: Tensor, from: number, to: number): Tensor => slice(row, [0, from], [1, to])
const past = (row: Tensor): Tensor => columnsOf(row, 0, DELAYS)
const target = (row: Tensor): Tensor => columnsOf(row, DELAYS, DELAYS + 1)
const newest = (row: Tensor): Tensor => columnsOf(row, DELAYS + 1, WIDTH)

/** Forecasts by a step on rows of standardised points, and their absolute errors. */
async function byRows<S extends Tree>(
  open: (key: Key) => S,
  step: (state: S, row: Tensor) => readonly [S, Tensor],
  series: Float64Array,
  key: number,
  backend: Backend,
): Promise<Float64Array> {
  const early = series.subarray(0, 2000)
  const mean = early.reduce((a, b) => a + b) / early.length
  const deviation = Math.sqrt(early.reduce((a, b) => a + (b - mean) ** 2, 0) / early.length)
  const at = (t: number): number => (t < 0 ? 0 : (series[t]! - mean) / deviation)
  const delays = (t: number): number[] => Array.from({ length: DELAYS }, (_, d) => at(t - d))
  const advance = jit(
    (state: S, rows: Tensor) => scan((s: S, row: Tensor): [S, Tensor] => [...step(s, row)], state, rows),
    {
      donate: [0],
    },
  )
  const begin = jit(open)
  let state = begin(keyOf(key, { backend }))
  const errors = new Float64Array(series.length)
  const LIST = 250
  for (let from = 0; from < series.length; from += LIST) {
    const rows = Array.from({ length: LIST }, (_, i) => from + i).flatMap((t) => [
      ...delays(t - HORIZON),
      at(t),
      ...delays(t),
    ])
    const input = tensor(Float32Array.from(rows), { shape: [LIST, 1, WIDTH], backend })
    const [next, forecasts] = advance(state, input)
    state = next
    const values = await forecasts.data()
    for (let i = 0, t = from + HORIZON; i < LIST && t < series.length; i++, t++)
      errors[t] = deviation * Math.abs(Number(values[i]) - at(t))
    for (const one of [input, forecasts]) one.dispose()
  }
  for (const one of [...treeLeaves(state), advance, begin]) one.dispose()
  return errors
}

/** Deviations beyond which the loss grows linearly, as that of `learn` does. */
const LIMIT = 3

type Sliding = {
  readonly params: SpikingStreamParams
  readonly optimizer: ReturnType<ReturnType<typeof sgd>['init']>
  readonly begin: SpikingStreamState
  readonly ahead: SpikingStreamState
  readonly rows: Tensor
}

/**
 * By `bp` over a sliding window: with each sample the network runs over the last `window` rows from the state before
 * them, and takes a step along the gradient of the mean of their losses.
 */
function byWindow(window: number, rate: number, series: Float64Array, key: number, backend: Backend) {
  const optimizer = sgd(rate)
  const open = (k: Key): Sliding => {
    const params = network.init(k)
    const rest = (): SpikingStreamState => network.rest(1)
    return { params, optimizer: optimizer.init(params), begin: rest(), ahead: rest(), rows: zeros([window, 1, WIDTH]) }
  }
  const step = ({ params, optimizer: before, begin, ahead, rows }: Sliding, row: Tensor): [Sliding, Tensor] => {
    const [next, forecast] = network.step(params, ahead, newest(row))
    const recent = concatenate([slice(rows, [1, 0, 0], [window, 1, WIDTH]), reshape(row, [1, 1, WIDTH])], 0)
    const gradient = grad((p: SpikingStreamParams) => {
      const run = (s: SpikingStreamState, r: Tensor): [SpikingStreamState, Tensor] => {
        const [after, y] = network.step(p, s, past(r))
        const off = sub(y, target(r))
        const near = clip(off, -LIMIT, LIMIT)
        return [after, sub(mul(near, off), mul(mul(near, near), 0.5))]
      }
      return mul(sum(scan(run, begin, recent)[1]), 1 / window)
    })(params)
    const { updates, state } = optimizer.update(gradient, before, params)
    const moved = treeMap((p, u) => add(p, u), params, updates)
    const first = reshape(slice(recent, [0, 0, 0], [1, 1, WIDTH]), [1, WIDTH])
    const [then] = network.step(params, begin, past(first))
    return [{ params: moved, optimizer: state, begin: then, ahead: next, rows: recent }, forecast]
  }
  return byRows(open, step, series, key, backend)
}

/** By a linear readout of the same inputs, by recursive least squares with forgetting. */
function byLeastSquares(forgetting: number, series: Float64Array, backend: Backend): Promise<Float64Array> {
  const readout = recursiveLeastSquares({ ridge: 1e-2, forgetting })
  const features = (x: Tensor): Tensor => concatenate([ones([1], 'f64'), cast(reshape(x, [DELAYS]), 'f64')], 0)
  const step = (state: LeastSquaresState, row: Tensor): readonly [LeastSquaresState, Tensor] => {
    const next = readout.update(state, features(past(row)), cast(reshape(target(row), [1]), 'f64'))
    return [next, readout.predict(next, features(newest(row)))]
  }
  return byRows(() => readout.init(DELAYS + 1, 1), step, series, 0, backend)
}

function errorsBy(setting: JumpSetting, series: Float64Array, key: number, backend: Backend): Promise<Float64Array> {
  if (setting.way === 'learn') return byLearn(setting.rate, setting.momentum, series, key, backend)
  if (setting.way === 'bp') return byWindow(setting.window, setting.rate, series, key, backend)
  return byLeastSquares(setting.forgetting, series, backend)
}

/** Root mean square of the errors of samples ÷ that of the last known value. */
export function relative(errors: Float64Array, series: Float64Array, from: number, to: number): number {
  let [own, last] = [0, 0]
  for (let t = from; t < to; t++) {
    own += errors[t]! ** 2
    last += (series[t]! - series[t - HORIZON]!) ** 2
  }
  return Math.sqrt(own / last)
}

/** Samples over which an error is taken. */
const SPAN = 500

/** Samples from the jump on until the error of the last {@link SPAN} is at most `limit`; null: it never is. */
export function samplesUntil(limit: number, errors: Float64Array, series: Float64Array, at: number): number | null {
  for (let t = at + SPAN; t <= errors.length; t += 10) if (relative(errors, series, t - SPAN, t) <= limit) return t - at
  return null
}

/** A way to learn on one jump, with a number for each key. */
export interface JumpRow {
  readonly delays: readonly [number, number]
  readonly setting: JumpSetting
  readonly operations: number
  /** Errors ÷ those of the last known value: before the jump, just after it, and at the end. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly end: readonly number[]
  /** Samples until the error is within 10 % of the learner's own before; null: not within the stream. */
  readonly samples: readonly (number | null)[]
  /** The same with the error of `bp` before. */
  readonly samplesToBp: readonly (number | null)[]
}

/** Samples of `learn` ÷ those of `bp`. */
export interface JumpResult {
  readonly count: number
  readonly at: number
  readonly rows: readonly JumpRow[]
  readonly ratio: PairedRatio | null
  readonly ratioToBp: PairedRatio | null
  readonly operationsRatio: number
}

const settings: Readonly<Record<string, readonly JumpSetting[]>> = {
  bp: [16, 32, 64].flatMap((window) => [0.1, 0.05, 0.03, 0.02].map((rate) => ({ way: 'bp' as const, window, rate }))),
  learn: [0, 0.97].flatMap((momentum) =>
    [0.02, 0.015, 0.01, 0.007].map((rate) => ({ way: 'learn' as const, rate, momentum })),
  ),
  linear: [0.999, 0.995, 0.99].map((forgetting) => ({ way: 'linear' as const, forgetting })),
}

/**
 * The setting whose error over the quarters of the time before and after the jump is least: the greatest of the keys,
 * since a rate that diverges for one is too large.
 */
async function chosen(
  candidates: readonly JumpSetting[],
  streams: readonly Float64Array[],
  at: number,
  { backend, log }: StudyRun,
): Promise<JumpSetting> {
  let [best, least] = [candidates[0]!, Infinity]
  for (const setting of candidates) {
    const errors: number[] = []
    for (const [i, series] of streams.entries())
      errors.push(relative(await errorsBy(setting, series, VALIDATION[i]!, backend), series, 0.75 * at, 1.25 * at))
    log(`${JSON.stringify(setting)}: ${errors.map((e) => digits(e)).join(', ')}`)
    if (Math.max(...errors) < least) [best, least] = [setting, Math.max(...errors)]
  }
  return best
}

/** Keys that settings are chosen on. */
const VALIDATION = [991, 992, 993]

const JUMPS = [
  [23, 17],
  [17, 23],
] as const

export const jump: Study<JumpResult> = {
  name: 'jump',
  summary: 'samples until a forecast has recovered from a jump of the system, by `learn` and by `bp` over a window',
  async run(options) {
    const { quick, backend, log } = options
    const [count, at] = quick ? [6000, 3000] : [40_000, 20_000]
    const validation = await Promise.all(VALIDATION.map((key) => jumpingSeries(1.25 * at, at, JUMPS[0], key)))
    const choices: JumpSetting[] = []
    for (const own of Object.values(settings))
      choices.push(quick ? own[0]! : await chosen(own, validation, at, options))
    const rows: JumpRow[] = []
    for (const delays of quick ? JUMPS.slice(0, 1) : JUMPS) {
      const keys = quick ? [901, 902] : [901, 902, 903, 904, 905]
      const streams = await Promise.all(keys.map((key) => jumpingSeries(count, at, delays, key)))
      for (const setting of choices) {
        const errors: Float64Array[] = []
        for (const [i, series] of streams.entries()) errors.push(await errorsBy(setting, series, keys[i]!, backend))
        const over = (from: number, to: number): number[] =>
          streams.map((series, i) => relative(errors[i]!, series, from, to))
        const before = over(at - 5000 * (quick ? 0.2 : 1), at)
        const until = (limits: readonly number[]): (number | null)[] =>
          streams.map((series, i) => samplesUntil(1.1 * limits[i]!, errors[i]!, series, at))
        const ofBp = rows.find((r) => r.delays === delays)?.before ?? before
        const row = { delays, setting, operations: operationsOf(setting), before, after: over(at, at + SPAN) }
        rows.push({ ...row, end: over(count - SPAN, count), samples: until(before), samplesToBp: until(ofBp) })
        log(`${delays.join(' → ')}, ${JSON.stringify(setting)}: ${rows.at(-1)!.samples.join(', ')} samples`)
      }
    }
    const [bp, learn] = rows as [JumpRow, JumpRow]
    return {
      ...{ count, at, rows },
      ratio: pairedRatio(learn.samples, bp.samples),
      ratioToBp: pairedRatio(learn.samplesToBp, bp.samplesToBp),
      operationsRatio: bp.operations / learn.operations,
    }
  },
  table: ({ count, at, rows, ratio, ratioToBp, operationsRatio }) =>
    titled(
      `Mackey–Glass series of ${count} points, whose delay jumps at point ${at}; errors ÷ those of the last known value`,
      columns(rows, {
        delay: (r) => r.delays.join(' → '),
        'learned by': ({ setting: s }) =>
          s.way === 'bp'
            ? `\`bp\` over ${s.window} rows, rate ${s.rate}`
            : s.way === 'learn'
              ? `\`learn\`, rate ${s.rate}, momentum ${s.momentum}`
              : `linear readout, forgetting ${s.forgetting}`,
        before: (r) => meanSpread(r.before),
        [`first ${SPAN} after`]: (r) => meanSpread(r.after),
        'at the end': (r) => meanSpread(r.end),
        'samples until within 10 % of before': (r) => untilText(r.samples),
        'of `bp` before': (r) => untilText(r.samplesToBp),
        'multiplications a sample': (r) => String(r.operations),
      }),
      `Samples of \`learn\` ÷ those of \`bp\`, delay ${rows[0]!.delays.join(' → ')}: ${ratioText(ratio)}; to the same error, that of \`bp\` before: ${ratioText(ratioToBp)}. \`bp\` takes ${digits(operationsRatio)} times the multiplications.`,
    ),
}

const untilText = (samples: readonly (number | null)[]): string =>
  samples.every((s) => s !== null)
    ? meanSpread(samples)
    : `in ${samples.filter((s) => s !== null).length} of ${samples.length}`
