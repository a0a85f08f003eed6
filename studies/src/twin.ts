/**
 * A digital twin: a network learns a heated rod while it runs, beside a frozen one and a Kalman filter that knows the
 * equation.
 */
import { affine, key as keyOf, scope, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, Tree } from '@spikeward/core'
import { rodTwin } from '@spikeward/experiment'
import type { SpikingStreamParams } from '@spikeward/operators'
import { driftingRod, heatedRod, rod, rodField, rodFilter } from '@spikeward/problems'
import type { RodSample } from '@spikeward/problems'
import { learner, recursiveLeastSquares } from '@spikeward/train'
import type { LeastSquaresState, Sample, StreamNetwork } from '@spikeward/train'
import type { Study, StudyRun } from './tools.js'
import { meanSpread, titled } from './tools.js'

const { sensors, horizon: HORIZON } = rod
const spiking = rodTwin([128])
/** Numbers of a row that the network and the linear readout read, and the samples whose rows they get at once. */
const { inputs: INPUTS, delays: DELAYS = 1 } = spiking

/** Errors of the field, HORIZON samples ahead: ‖û − u‖ ÷ ‖u‖ over the last tenth of each phase, by key. */
export interface TwinRow {
  readonly name: string
  /** Before the drift, at its end, after it, and without one sensor. */
  readonly before: readonly number[]
  readonly drift: readonly number[]
  readonly after: readonly number[]
  readonly failed: readonly number[]
}

/** Fields of each sample, forecast HORIZON samples before; null while there is none. */
type Forecasts = readonly (Float64Array | null)[]

/** A sample for the network: it reads readings and the plan, and predicts readings. */
const sampleOf = ({ readings, plan }: RodSample): Sample => ({ x: Float64Array.of(...readings, ...plan), y: readings })

/** The field from forecast readings, without those of a sensor that had failed when the forecast was made. */
const fieldOf = (forecast: ArrayLike<number>, made: Sample): Float64Array => rodField(forecast, made.y)

/** The linear part of the network: what spikes do not add. */
const linear: StreamNetwork<SpikingStreamParams['linear'], []> = {
  init: (key) => spiking.network.init(key).linear,
  rest: () => [],
  step: (p, _, x) => [[], affine(p, x)],
}

/**
 * Forecasts by a spiking network that learns from each reading, and by one whose weights stay as they are at sample
 * `freeze`.
 */
async function byNetwork<P extends Tree, S extends Tree>(
  network: StreamNetwork<P, S>,
  stream: readonly Sample[],
  freeze: number,
  key: number,
  backend: Backend,
): Promise<readonly Forecasts[]> {
  const common = { ...spiking, network, backend, key }
  const online = await learner(common)
  const fields = (): (Float64Array | null)[] => stream.map(() => null)
  const [live, kept] = [fields(), fields()]
  const run = async (one: typeof online, from: number, to: number, into: (Float64Array | null)[]): Promise<void> => {
    for (let t = from; t < to; t += 64)
      for (const { index, prediction } of await one.take(stream.slice(t, Math.min(t + 64, to))))
        into[index] = fieldOf(prediction, stream[index - HORIZON]!)
  }
  await run(online, 0, freeze, live)
  const frozen = await learner({ ...common, frozen: true, from: await online.checkpoint() })
  await run(online, freeze, stream.length, live)
  await run(frozen, freeze, stream.length, kept)
  return [live, live.slice(0, freeze).concat(kept.slice(freeze))]
}

/** The same by recursive least squares on the same inputs, with forgetting. */
async function byLeastSquares(stream: readonly Sample[]): Promise<Forecasts> {
  const readout = recursiveLeastSquares({ ridge: 1e-2, forgetting: 0.999 })
  const width = INPUTS * DELAYS + 1
  const rowOf = (t: number): Float64Array | null => {
    if (t < DELAYS - 1) return null
    const numbers = Array.from({ length: DELAYS }, (_, d) => Array.from(stream[t - d]!.x)).flat()
    return Float64Array.of(1, ...numbers.map((v) => (Number.isNaN(v) ? 0 : v)))
  }
  const f64 = (values: Float64Array) => tensor(values, { dtype: 'f64' })
  const predicted = async (of: LeastSquaresState, features: Float64Array): Promise<Float64Array> => {
    const forecast = scope(() => readout.predict(of, f64(features)))
    const numbers = await forecast.data()
    forecast.dispose()
    return numbers as Float64Array
  }
  let state = readout.init(width, sensors.length)
  const fields: (Float64Array | null)[] = []
  const pending: (Float64Array | null)[] = []
  for (const [t, { y }] of stream.entries()) {
    fields.push(pending[t] ?? null)
    const past = rowOf(t - HORIZON)
    if (past !== null) {
      const known = await predicted(state, past)
      // A reading that is missing leaves its weights as they are.
      const target = Float64Array.from(y, (v, s) => (Number.isNaN(v) ? known[s]! : v))
      const next = scope(() => readout.update(state, f64(past), f64(target)))
      treeLeaves(state).forEach((one) => one.dispose())
      state = next
    }
    const now = rowOf(t)
    if (now !== null) pending[t + HORIZON] = fieldOf(await predicted(state, now), stream[t]!)
  }
  return fields
}

/** The same by the equation. */
function byFilter(samples: readonly RodSample[]): Forecasts {
  const filter = rodFilter()
  const fields: (Float64Array | null)[] = samples.map(() => null)
  samples.forEach(({ powers, readings }, t) => {
    filter.take(powers, readings)
    const next = samples.slice(t + 1, t + 1 + HORIZON)
    if (next.length === HORIZON) fields[t + HORIZON] = filter.forecast(next.map((one) => one.powers))
  })
  return fields
}

/** ‖û − u‖ ÷ ‖u‖ over samples. */
function errorOf(forecasts: Forecasts, samples: readonly RodSample[], from: number, to: number): number {
  let [off, size] = [0, 0]
  for (let t = from; t < to; t++)
    samples[t]!.field.forEach((u, i) => {
      off += (forecasts[t]![i]! - u) ** 2
      size += u ** 2
    })
  return Math.sqrt(off / size)
}

const NAMES = [
  'spiking network that learns',
  'the same, frozen before the drift',
  'its linear part alone, which learns',
  'linear readout by recursive least squares',
  'last readings',
  'extended Kalman filter that knows the equation',
  'readings of the future, without noise',
]

const countOf = (quick: boolean): number => (quick ? 6000 : 60_000)

async function ofKey(key: number, { quick, backend }: StudyRun): Promise<readonly (readonly number[])[]> {
  const count = countOf(quick)
  const { phases, conditions } = driftingRod(count)
  const samples: RodSample[] = []
  for await (const sample of heatedRod(keyOf(key), conditions)) if (samples.push(sample) === count) break
  const [drift, steady, failure] = phases
  const stream = samples.map(sampleOf)
  const truth = samples.map(({ field, readings }) =>
    rodField(
      sensors.map((at) => field[at]!),
      readings,
    ),
  )
  const last = samples.map((_, t) => (t < HORIZON ? null : rodField(samples[t - HORIZON]!.readings)))
  const all: readonly Forecasts[] = [
    ...(await byNetwork(spiking.network, stream, drift, key, backend)),
    (await byNetwork(linear, stream, drift, key, backend))[0]!,
    await byLeastSquares(stream),
    last,
    byFilter(samples),
    truth,
  ]
  const tenth = (to: number): readonly [number, number] => [to - Math.floor(count / 30), to]
  const windows = [tenth(drift), tenth(steady), tenth(failure), tenth(count)]
  return all.map((forecasts) => windows.map(([from, to]) => errorOf(forecasts, samples, from, to)))
}

/** The heated rod. */
export const twin: Study<{ readonly samples: number; readonly rows: readonly TwinRow[] }> = {
  name: 'twin',
  summary: 'the field of a heated rod from six sensors, while its diffusivity drifts and a sensor fails',
  async run(options) {
    const byKey: (readonly (readonly number[])[])[] = []
    for (const key of options.quick ? [1, 2] : [1, 2, 3, 4, 5]) {
      byKey.push(await ofKey(key, options))
      options.log(
        `key ${key}: ${byKey
          .at(-1)!
          .map((row) => row.map((v) => v.toFixed(4)).join(' '))
          .join('; ')}`,
      )
    }
    const at = (row: number, phase: number): number[] => byKey.map((of) => of[row]![phase]!)
    return {
      samples: countOf(options.quick),
      rows: NAMES.map((name, i) => ({ name, before: at(i, 0), drift: at(i, 1), after: at(i, 2), failed: at(i, 3) })),
    }
  },
  table: ({ samples, rows }) =>
    titled(
      `Field of a heated rod ${HORIZON} samples ahead, relative L2 over ${rod.points} points, of which ${sensors.length} have a sensor; ${samples} samples, ${rows[0]!.before.length} keys`,
      [
        ['forecast by', 'before the drift', 'end of the drift', 'after it', 'without one sensor'],
        ...rows.map((r) => [r.name, ...[r.before, r.drift, r.after, r.failed].map(meanSpread)]),
      ],
    ),
}
