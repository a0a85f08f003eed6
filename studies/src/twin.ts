/**
 * A digital twin: a network learns a heated rod while it runs, beside a frozen one and a Kalman filter that knows the
 * equation.
 */
import { key as keyOf } from '@spikeward/core'
import { rodTwin } from '@spikeward/experiment'
import { type RodSample, driftingRod, heatedRod, rod, rodField, rodFilter } from '@spikeward/problems'
import type { Sample } from '@spikeward/train'
import { type Forecasts, byLeastSquares, byNetwork, linearPart, predictionsOf } from './streamForecasts.js'
import { type Study, type StudyRun, meanSpread, titled } from './tools.js'

const { sensors, horizon: HORIZON } = rod
const spiking = rodTwin([128])

/** Errors of the field, HORIZON samples ahead: ‖û − u‖ ÷ ‖u‖ over the last tenth of each phase, by key. */
export interface TwinRow {
  readonly name: string
  /** Before the drift, at its end, after it, and without one sensor. */
  readonly before: readonly number[]
  readonly drift: readonly number[]
  readonly after: readonly number[]
  readonly failed: readonly number[]
}

/** Fields, forecast HORIZON samples before; null while there is none. */
type Fields = readonly (Float64Array | null)[]

/** A sample for the network: it reads readings and the plan, and predicts readings. */
const sampleOf = ({ readings, plan }: RodSample): Sample => ({ x: Float64Array.of(...readings, ...plan), y: readings })

/**
 * Fields of forecast readings, without those of a sensor that had failed when the forecast was made, HORIZON samples
 * before; null while there is none.
 */
const fieldsOf = (forecasts: Forecasts, stream: readonly Sample[]): Fields =>
  forecasts.map((one, t) => (one === null ? null : rodField(one, stream[t - HORIZON]!.y)))

/** The fields that are forecast by the equation. */
function byFilter(samples: readonly RodSample[]): Fields {
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
function errorOf(fields: Fields, samples: readonly RodSample[], from: number, to: number): number {
  let [off, size] = [0, 0]
  for (let t = from; t < to; t++)
    samples[t]!.field.forEach((u, i) => {
      off += (fields[t]![i]! - u) ** 2
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
  const { live, frozen } = await byNetwork(spiking, stream, drift, key, backend)
  const linear = await byNetwork(linearPart(spiking), stream, drift, key, backend)
  const forecasts = [live, frozen, linear.live].map((outcomes) => predictionsOf(outcomes, count))
  const all: readonly Fields[] = [
    ...[...forecasts, await byLeastSquares(stream, spiking)].map((one) => fieldsOf(one, stream)),
    last,
    byFilter(samples),
    truth,
  ]
  const tenth = (to: number): readonly [number, number] => [to - Math.floor(count / 30), to]
  const windows = [tenth(drift), tenth(steady), tenth(failure), tenth(count)]
  return all.map((fields) => windows.map(([from, to]) => errorOf(fields, samples, from, to)))
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
