/** Event-driven readings of a heated body: its field now, and ahead of time, from few sensors. */
import { type Key, key as keyOf, matmul, tensor, transpose } from '@spikeward/core'
import { eventWork, loihi1Network, networkEnergy } from '@spikeward/energy'
import { type HeatedBody, heatedStream, plate, rod } from '@spikeward/problems'
import { sampleMedian } from '@spikeward/train'
import { type Study, columns, digits, solveRidge, titled } from './tools.js'

/** Samples to solve on, to choose by, and to report; and those of the start, in which the body is still cold. */
const [SIZES, COLD] = [[4000, 1000, 2000], 100] as const
/** Errors whose ratio is at most the first are equal; the second is allowed on validation samples. */
const [EQUAL, WITHIN] = [1.03, 1.01]
/** Samples between two evaluations of a dense map, which holds its output. */
const HOLDS = [1, 2, 3]
/** The values of an input that a map reads: last samples, or means that forget by 1, 1/2, 1/4 … in a sample. */
type Reading = { readonly of: 'samples' | 'means'; readonly count: number }
const READINGS = [
  ...[1, 2, 4, 8].map((count): Reading => ({ of: 'samples', count })),
  ...[2, 3, 4].map((count): Reading => ({ of: 'means', count })),
]
/** The least changes that are sent, in the mean over inputs; readings have deviations of about 0.5. */
const THRESHOLDS = Array.from({ length: 24 }, (_, i) => 0.5 / 1.3 ** (23 - i))

/** A field from readings: now, or `horizon` samples ahead, also from the plan of the heaters. */
type Task = { readonly name: string; readonly body: HeatedBody; readonly ahead: number }
const tasks = Object.entries({ rod, plate }).flatMap(([name, body]): Task[] => [
  { name: `virtual sensing, ${name}`, body, ahead: 0 },
  { name: `twin, ${name}`, body, ahead: body.horizon },
])

/** Inputs of each sample, whose first `COLD` are not used, and the field that is wanted there. */
type Stream = { readonly inputs: readonly (readonly number[])[]; readonly fields: readonly Float64Array[] }

async function streamOf({ body, ahead }: Task, count: number, key: Key): Promise<Stream> {
  const [inputs, fields]: [number[][], Float64Array[]] = [[], []]
  for await (const s of heatedStream(body, key, () => ({ diffusivity: body.diffusivity[0], failed: [] }))) {
    inputs.push([...s.readings, ...(ahead > 0 ? s.plan : [])])
    if (fields.push(s.field) === count + COLD + ahead) break
  }
  return { inputs: inputs.slice(0, count + COLD), fields: fields.slice(ahead) }
}

/** The values that a map reads at each sample from `COLD` on, and a 1. */
function rowsOf({ inputs }: Stream, { of, count }: Reading): number[][] {
  if (of === 'samples')
    return inputs
      .slice(COLD)
      .map((_, i) => [...Array.from({ length: count }, (_d, d) => inputs[i + COLD - d]!).flat(), 1])
  const means = Array.from({ length: count }, () => [...inputs[0]!])
  const rows = inputs.map((x) => {
    means.forEach((own, m) => own.forEach((v, i) => void (own[i] = v + (x[i]! - v) * 2 ** -m)))
    return [...means.flat(), 1]
  })
  return rows.slice(COLD)
}

/** A linear map [inputs and 1, points] of the inputs of the last samples. */
type LinearMap = {
  readonly reading: Reading
  readonly inputs: number
  readonly points: number
  readonly weights: Float64Array
}

async function solve(stream: Stream, reading: Reading): Promise<LinearMap> {
  const rows = rowsOf(stream, reading)
  const [count, width, points] = [rows.length, rows[0]!.length, stream.fields[0]!.length]
  const f64 = (values: readonly number[], columns: number) =>
    tensor(Float64Array.from(values), { shape: [count, columns], dtype: 'f64' })
  const x = f64(rows.flat(), width)
  const y = f64(
    stream.fields.slice(COLD).flatMap((field) => Array.from(field)),
    points,
  )
  const weights = await solveRidge(matmul(transpose(x), x), matmul(transpose(x), y), 1e-3).data()
  return { reading, inputs: width - 1, points, weights: Float64Array.from(weights, Number) }
}

/** Thresholds of the inputs of a map, whose mean is `threshold`: smaller ones for inputs of larger weights. */
function thresholdsOf({ inputs, points, weights }: LinearMap, threshold: number): Float64Array {
  const shares = Float64Array.from(
    { length: inputs },
    (_, i) => Math.hypot(...weights.subarray(i * points, (i + 1) * points)) ** (-2 / 3),
  )
  const mean = shares.reduce((x, y) => x + y) / inputs
  return shares.map((share) => (threshold * share) / mean)
}

/**
 * A map over a stream: it is evaluated each `hold` samples, and reads the values that inputs have sent; with the
 * threshold 0 each input sends. The error is ‖û − u‖ ÷ ‖u‖; operations and nanojoules on the chip are those of a sample.
 */
function follow(
  { inputs, points, weights }: LinearMap,
  rows: readonly (readonly number[])[],
  stream: Stream,
  hold: number,
  thresholds: Float64Array | null,
) {
  const [lastSent, output] = [new Float64Array(inputs), weights.slice(inputs * points)]
  const samples = rows.length
  let [messages, off, norm] = [0, 0, 0]
  for (let t = COLD; t < COLD + samples; t++) {
    if ((t - COLD) % hold === 0)
      for (let i = 0; i < inputs; i++) {
        const x = rows[t - COLD]![i]!
        const change = x - lastSent[i]!
        if (thresholds !== null && Math.abs(change) < thresholds[i]!) continue
        messages++
        lastSent[i] = x
        for (let p = 0; p < points; p++) output[p]! += weights[i * points + p]! * change
      }
    stream.fields[t]!.forEach((u, p) => {
      off += (output[p]! - u) ** 2
      norm += u ** 2
    })
  }
  const sent = messages / samples
  const layer = { inputs, outputs: points, weights: inputs * points, messages: sent, operations: sent * points }
  const shape = { evaluations: 1 / hold, conversions: inputs + points }
  const energy = networkEnergy(eventWork([layer], shape), loihi1Network) / 1000
  return { error: Math.sqrt(off / norm), operations: sent * points, energy, share: (sent * hold) / inputs }
}

/** One task with one key: the event form on test samples, the dense rival, and their ratios. */
type StreamRow = Awaited<ReturnType<typeof rowOf>>

async function rowOf(task: Task, key: number) {
  const keys = keyOf(key).split(3)
  const [training, validation, test] = await Promise.all(SIZES.map((count, i) => streamOf(task, count, keys[i]!)))
  const maps = await Promise.all(
    READINGS.map(async (reading) => {
      const map = await solve(training!, reading)
      return { map, rows: rowsOf(validation!, reading) }
    }),
  )
  const cheaper = <T extends { readonly operations: number }>(a: T, b: T): T => (b.operations < a.operations ? b : a)
  const dense = maps.flatMap(({ map, rows }) =>
    HOLDS.map((hold) => ({ map, hold, ...follow(map, rows, validation!, hold, null) })),
  )
  const least = Math.min(...dense.map(({ error }) => error))
  const rival = dense.filter(({ error }) => error <= EQUAL * least).reduce(cheaper)
  const events = maps
    .map(({ map, rows }) => {
      let best = { map, threshold: 0, ...follow(map, rows, validation!, 1, null) }
      for (const threshold of THRESHOLDS) {
        const own = follow(map, rows, validation!, 1, thresholdsOf(map, threshold))
        if (own.error > WITHIN * rival.error) break
        best = { map, threshold, ...own }
      }
      return best
    })
    .filter(({ map, error }) => error <= WITHIN * rival.error || map === rival.map)
    .reduce(cheaper)
  const onTest = (map: LinearMap, hold: number, thresholds: Float64Array | null) =>
    follow(map, rowsOf(test!, map.reading), test!, hold, thresholds)
  const own = onTest(events.map, 1, thresholdsOf(events.map, events.threshold))
  const against = onTest(rival.map, rival.hold, null)
  return {
    ...{ name: task.name, key, errorRatio: own.error / against.error },
    ...{ operationsRatio: own.operations / against.operations, energyRatio: own.energy / against.energy },
    events: { reading: events.map.reading, threshold: events.threshold, ...own },
    rival: { reading: rival.map.reading, hold: rival.hold, ...against },
  }
}

/**
 * Linear maps of readings that send changes, against the dense one of the fewest operations whose validation error is
 * within 3 % of the least. Both read the last samples, or means of them that a sensor takes itself. The bodies are
 * linear, and so are the maps: a hidden layer of 16 rectified units erred more in a trial with one key. Thresholds are
 * chosen on validation samples.
 */
export const eventsOnStreams: Study<{ readonly rows: readonly StreamRow[] }> = {
  name: 'events-on-streams',
  summary: 'event-driven maps of few sensors to a field, now and ahead, against dense ones of equal error',
  async run({ quick, log, part }) {
    const rows: StreamRow[] = []
    for (const task of tasks)
      for (const key of quick ? [1] : [1, 2, 3, 4, 5]) {
        rows.push(await part(`${task.name} ${key}`, () => rowOf(task, key)))
        log(JSON.stringify(rows.at(-1)))
      }
    return { rows }
  },
  table: ({ rows }) => {
    const groups = tasks.map(({ name }) => rows.filter((row) => row.name === name))
    const median = (of: (row: StreamRow) => number, places: number) => (own: readonly StreamRow[]) =>
      sampleMedian(own.map(of)).toFixed(places)
    const all = (of: (row: StreamRow) => number | string) => (own: readonly StreamRow[]) =>
      [...new Set(own.map(of))].join(', ')
    const table = columns(groups, {
      task: (own) => own[0]!.name,
      keys: (own) => String(own.length),
      'dense rival reads': all(({ rival: { reading } }) => `${reading.count} ${reading.of}`),
      'evaluated each': all((row) => row.rival.hold),
      'its error': (own) => digits(sampleMedian(own.map((row) => row.rival.error))),
      'event form reads': all(({ events: { reading } }) => `${reading.count} ${reading.of}`),
      'inputs sent': (own) => `${(100 * sampleMedian(own.map((row) => row.events.share))).toFixed(0)} %`,
      error: median((row) => row.errorRatio, 2),
      operations: median((row) => row.operationsRatio, 2),
      energy: median((row) => row.energyRatio, 2),
    })
    return titled(
      'The field of a heated body from few sensors, event by event',
      table,
      `Medians over keys of error, operations and energy of the event form ÷ those of the rival, on test samples. Prices: ${loihi1Network.source}.`,
    )
  },
}
