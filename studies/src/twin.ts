/**
 * Digital twins: a network learns a heated body while it runs, beside a frozen one and a Kalman filter that knows the
 * equation.
 */
import { key as keyOf } from '@spikeward/core'
import { heatTwin } from '@spikeward/experiment'
import {
  type HeatSample,
  type HeatedBody,
  driftingHeat,
  heatFilter,
  heatedField,
  heatedStream,
  plate,
  rod,
} from '@spikeward/problems'
import type { Sample } from '@spikeward/train'
import { type Forecasts, byLeastSquares, byNetwork, linearPart, predictionsOf } from './streamForecasts.js'
import { type Study, type StudyRun, meanSpread, titled } from './tools.js'

/** Errors of the field, `horizon` samples ahead: ‖û − u‖ ÷ ‖u‖ over the last tenth of each phase, by key. */
export interface TwinRow {
  readonly name: string
  /** Before the drift, at its end, after it, and without one sensor. */
  readonly before: readonly number[]
  readonly drift: readonly number[]
  readonly after: readonly number[]
  readonly failed: readonly number[]
}

/** Fields, forecast `horizon` samples before; null while there is none. */
type Fields = readonly (Float64Array | null)[]

/** A sample for the network: it reads readings and the plan, and predicts readings. */
const sampleOf = ({ readings, plan }: HeatSample): Sample => ({ x: Float64Array.of(...readings, ...plan), y: readings })

/**
 * Fields of forecast readings, without those of a sensor that had failed when the forecast was made, `horizon`
 * samples before; null while there is none.
 */
export const fieldsOf = (body: HeatedBody, forecasts: Forecasts, stream: readonly Sample[]): Fields =>
  forecasts.map((one, t) => (one === null ? null : heatedField(body, one, stream[t - body.horizon]!.y)))

/** The fields that are forecast by the equation. */
function byFilter(body: HeatedBody, samples: readonly HeatSample[]): Fields {
  const { horizon } = body
  const filter = heatFilter(body)
  const fields: (Float64Array | null)[] = samples.map(() => null)
  samples.forEach(({ powers, readings }, t) => {
    filter.take(powers, readings)
    const next = samples.slice(t + 1, t + 1 + horizon)
    if (next.length === horizon) fields[t + horizon] = filter.forecast(next.map((one) => one.powers))
  })
  return fields
}

/** ‖û − u‖ ÷ ‖u‖ over samples. */
function errorOf(fields: Fields, samples: readonly HeatSample[], from: number, to: number): number {
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

/** The stream of a body whose diffusivity drifts and which loses a sensor, and how forecasts err in each phase. */
export async function twinStream(body: HeatedBody, count: number, key: number) {
  const { phases, conditions } = driftingHeat(body, count)
  const samples: HeatSample[] = []
  for await (const sample of heatedStream(body, keyOf(key), conditions)) if (samples.push(sample) === count) break
  const stream = samples.map(sampleOf)
  const windows = [...phases, count].map((to) => [to - Math.floor(count / 30), to] as const)
  const errorsOf = (fields: Fields): number[] => windows.map(([from, to]) => errorOf(fields, samples, from, to))
  return { samples, stream, drift: phases[0], errorsOf }
}

async function ofKey(
  body: HeatedBody,
  count: number,
  key: number,
  { backend }: StudyRun,
): Promise<readonly (readonly number[])[]> {
  const { sensors, horizon } = body
  const spiking = heatTwin(body, [128])
  const { samples, stream, drift, errorsOf } = await twinStream(body, count, key)
  const truth = samples.map(({ field, readings }) =>
    heatedField(
      body,
      sensors.map((at) => field[at]!),
      readings,
    ),
  )
  const last = samples.map((_, t) => (t < horizon ? null : heatedField(body, samples[t - horizon]!.readings)))
  const { live, frozen } = await byNetwork(spiking, stream, drift, key, backend)
  const linear = await byNetwork(linearPart(spiking), stream, drift, key, backend)
  const forecasts = [live, frozen, linear.live].map((outcomes) => predictionsOf(outcomes, count))
  const all: readonly Fields[] = [
    ...[...forecasts, await byLeastSquares(stream, spiking)].map((one) => fieldsOf(body, one, stream)),
    last,
    byFilter(body, samples),
    truth,
  ]
  return all.map(errorsOf)
}

type TwinStudy = Study<{ readonly samples: number; readonly rows: readonly TwinRow[] }>

const twinStudy = (name: string, title: string, body: HeatedBody, samples: number): TwinStudy => ({
  name,
  summary: `the field of a heated ${title} from ${body.sensors.length} sensors, while its diffusivity drifts and a sensor fails`,
  async run(options) {
    const count = options.quick ? samples / 10 : samples
    const byKey: (readonly (readonly number[])[])[] = []
    for (const key of options.quick ? [1, 2] : [1, 2, 3, 4, 5]) {
      byKey.push(await ofKey(body, count, key, options))
      options.log(
        `key ${key}: ${byKey
          .at(-1)!
          .map((row) => row.map((v) => v.toFixed(4)).join(' '))
          .join('; ')}`,
      )
    }
    const at = (row: number, phase: number): number[] => byKey.map((of) => of[row]![phase]!)
    return {
      samples: count,
      rows: NAMES.map((by, i) => ({ name: by, before: at(i, 0), drift: at(i, 1), after: at(i, 2), failed: at(i, 3) })),
    }
  },
  table: ({ samples: all, rows }) =>
    titled(
      `Field of a heated ${title} ${body.horizon} samples ahead, relative L2 over ${body.points} points, of which ${body.sensors.length} have a sensor; ${all} samples, ${rows[0]!.before.length} keys`,
      [
        ['forecast by', 'before the drift', 'end of the drift', 'after it', 'without one sensor'],
        ...rows.map((r) => [r.name, ...[r.before, r.drift, r.after, r.failed].map(meanSpread)]),
      ],
    ),
})

/** The heated rod, and the heated plate. */
export const twin = twinStudy('twin', 'rod', rod, 60_000)
export const plateTwin = twinStudy('plate', 'plate', plate, 20_000)
