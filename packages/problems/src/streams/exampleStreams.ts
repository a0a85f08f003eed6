import { type Key, uniform } from '@spikeward/core'
import { bearingVibration, wearing } from './bearing.js'
import { tankRun } from './cascadedTanks.js'
import { type HeatedBody, plate, rod } from './heatedBody.js'
import { drifting, driftingHeat, heatedStream, phasesOf } from './heatedStream.js'
import { lorenzSeries } from './lorenz.js'
import { mackeyGlass } from './mackeyGlass.js'

/** A stream that is built in. */
export interface ExampleStream {
  /** Names of the numbers of a row. */
  readonly columns: readonly string[]
  /** The first rows; a missing number is NaN. What changes does so by shares of their count. */
  rows(key: Key, count: number): AsyncIterable<ArrayLike<number>>
}

async function* rowsOf(series: Float64Array, width: number): AsyncGenerator<Float64Array, void> {
  for (let at = 0; at < series.length; at += width) yield await Promise.resolve(series.subarray(at, at + width))
}

const draw = async (key: Key, range: { readonly min: number; readonly max: number }): Promise<number[]> =>
  Array.from(await uniform(key, [3], range).data(), Number)

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)

const heated = (body: HeatedBody): ExampleStream => ({
  columns: [...names('s', body.sensors.length), ...names('p', body.heaters)],
  async *rows(key, count) {
    let left = count
    for await (const { readings, plan } of heatedStream(body, key, driftingHeat(body, count).conditions)) {
      yield [...readings, ...plan]
      if (--left === 0) return
    }
  },
})

/** Points of the Mackey–Glass series that are left out: its transient. */
const SETTLE = 500

/**
 * Streams for `learn`, whose systems change in the middle third of the rows:
 *
 * - `heated-rod`: readings `s1` to `s6` of a rod and planned powers `p1`, `p2`; see {@link driftingHeat};
 * - `heated-plate`: readings `s1` to `s9` of a plate and planned powers `p1`, `p2`;
 * - `lorenz`: states `x`, `y`, `z` of the Lorenz system, a row each 0.02, while ρ rises from 28 to 56;
 * - `mackey-glass`: values `x` of the series, while its delay rises from 17 to 30;
 * - `tanks`: voltages `u` of a pump and readings `y` of the level of the lower of two cascaded tanks; nothing changes;
 * - `bearing`: vibration `v` of a machine whose load rises, and one of whose bearings gets a defect; see {@link wearing}.
 */
export const exampleStreams: Readonly<Record<string, ExampleStream>> = {
  'heated-rod': /* @__PURE__ */ heated(rod),
  'heated-plate': /* @__PURE__ */ heated(plate),
  lorenz: {
    columns: ['x', 'y', 'z'],
    async *rows(key, count) {
      const [x = 0, y = 0, z = 0] = await draw(key, { min: -5, max: 5 })
      yield* rowsOf(lorenzSeries(count, { start: [x, y, 20 + z], rho: drifting(phasesOf(count), [28, 56]) }), 3)
    },
  },
  'mackey-glass': {
    columns: ['x'],
    async *rows(key, count) {
      const [past = 0] = await draw(key, { min: 0.6, max: 1.2 })
      const delay = drifting(phasesOf(count), [17, 30])
      const series = mackeyGlass(SETTLE + count, { past, delay: (point) => delay(point - SETTLE) })
      yield* rowsOf(series.subarray(SETTLE), 1)
    },
  },
  tanks: {
    columns: ['u', 'y'],
    async *rows(key, count) {
      const { voltages, readings } = await tankRun(key, count)
      for (let t = 0; t < count; t++) yield [voltages[t]!, readings[t]!]
    },
  },
  bearing: {
    columns: ['v'],
    async *rows(key, count) {
      yield* rowsOf(await bearingVibration(key, count, wearing(count)), 1)
    },
  },
}
