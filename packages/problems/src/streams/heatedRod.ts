import { type Key, normal } from '@spikeward/core'
import { banded, solveBanded } from '../numerics/solveBanded.js'
import { INTERVAL, POINTS, advance, covariance } from './rodModel.js'

/** Constants of the heated rod. */
export const rod = {
  /** Inner points of the rod [0, 1], whose ends are at 0. */
  points: POINTS,
  /** Points with a sensor. */
  sensors: [5, 16, 26, 37, 47, 58],
  /** Heaters. */
  heaters: 2,
  /** Samples that {@link RodSample.plan} reaches ahead. */
  horizon: 5,
  /** Diffusivity before and after a drift. */
  diffusivity: [0.05, 0.15],
  /** Deviation of the noise of a reading: 1 % of that of the field at the first diffusivity. */
  noise: 0.011,
} as const

/** A sample of the heated rod. */
export interface RodSample {
  /** The field at all points: the truth, which only references and errors see. */
  readonly field: Float64Array
  /** Powers of the heaters during the step to this sample. */
  readonly powers: readonly number[]
  /** Mean powers of the next `horizon` steps, which are known ahead. */
  readonly plan: readonly number[]
  /** Readings of the sensors; NaN from one that has failed. */
  readonly readings: Float64Array
}

/** The state of the rod during a sample. */
export interface RodConditions {
  readonly diffusivity: number
  /** Numbers of sensors that have failed. */
  readonly failed: readonly number[]
}

/** Samples whose random numbers are drawn at once. */
const BLOCK = 1024

/**
 * A heated rod whose diffusivity drifts and whose sensors fail, as a stream without end:
 *
 *     u_t = κ(t) u_xx + Σ_h p_h(t) q_h(x),   u(t, 0) = u(t, 1) = 0
 *
 * with two Gaussian heaters q_h whose powers are 1 + 0.7 times an Ornstein–Uhlenbeck process with a correlation time of
 * 2, a sample each 0.1, by implicit Euler on 64 points. It begins cold.
 *
 * @param conditions of the sample with this number, from 0
 * @example
 * for await (const { readings } of heatedRod(key(0), () => ({ diffusivity: 0.05, failed: [] }))) console.log(readings)
 */
export async function* heatedRod(
  key: Key,
  conditions: (sample: number) => RodConditions,
): AsyncGenerator<RodSample, never> {
  const { sensors, heaters, horizon, noise } = rod
  const width = heaters + sensors.length
  const decay = Math.exp(-INTERVAL / 2)
  let field: Float64Array = new Float64Array(POINTS)
  let state: readonly number[] = Array.from({ length: heaters }, () => 0)
  const ahead: (readonly number[])[] = Array.from({ length: horizon }, () => state.map(() => 1))
  for (let block = 0; ; block++) {
    const draws = Float64Array.from(await normal(key.fold(block), [BLOCK, width]).data(), Number)
    for (let i = 0; i < BLOCK; i++) {
      const draw = draws.subarray(i * width, (i + 1) * width)
      const { diffusivity, failed } = conditions(block * BLOCK + i)
      state = state.map((v, h) => decay * v + Math.sqrt(1 - decay ** 2) * draw[h]!)
      ahead.push(state.map((v) => 1 + 0.7 * v))
      const powers = ahead.shift()!
      field = advance(field, powers, diffusivity)
      yield {
        field,
        powers,
        plan: powers.map((_, h) => ahead.reduce((sum, p) => sum + p[h]!, 0) / horizon),
        readings: Float64Array.from(sensors, (at, s) =>
          failed.includes(s) ? NaN : field[at]! + noise * draw[heaters + s]!,
        ),
      }
    }
  }
}

/** The first sample of a drift, and the first after it. */
export type DriftPhases = readonly [drift: number, steady: number]

/** The middle third of samples. */
export const phasesOf = (samples: number): DriftPhases => [Math.floor(samples / 3), Math.floor((2 * samples) / 3)]

/** A parameter at a sample: it goes exponentially from one value to another while a drift lasts. */
export const drifting =
  ([drift, steady]: DriftPhases, [from, to]: readonly [number, number]) =>
  (sample: number): number =>
    from * (to / from) ** Math.min(Math.max((sample - drift) / (steady - drift), 0), 1)

/**
 * The conditions of a stream with a drift and a failure: κ rises by a factor of 3, exponentially, in the middle third
 * of the samples, and the third sensor fails after five sixths.
 */
export function driftingRod(samples: number): {
  /** First sample of the drift, the first after it, and the first without one sensor. */
  readonly phases: readonly [drift: number, steady: number, failure: number]
  conditions(sample: number): RodConditions
} {
  const [drift, steady] = phasesOf(samples)
  const failure = Math.floor((5 / 6) * samples)
  const diffusivity = drifting([drift, steady], rod.diffusivity)
  return {
    phases: [drift, steady, failure],
    conditions: (t) => ({ diffusivity: diffusivity(t), failed: t < failure ? [] : [2] }),
  }
}

/**
 * The field of the rod from values at its sensors: the mean of a Gaussian process whose covariance
 * Σ_k 2 sin(kπx) sin(kπy) / (kπ)⁴ knows nothing of the rod but that its ends are at 0.
 *
 * @param readings sensors whose reading is NaN are left out. Default: the values themselves
 */
export function rodField(values: ArrayLike<number>, readings: ArrayLike<number> = values): Float64Array {
  const sensors = rod.sensors.flatMap((at, s) => (Number.isNaN(readings[s]!) ? [] : [{ at, value: values[s]! }]))
  const n = sensors.length
  // A full matrix has n − 1 diagonals on each side.
  const matrix = banded(n, n - 1)
  const weights = Float64Array.from(sensors, ({ value }) => value)
  sensors.forEach((a, i) =>
    sensors.forEach((b, j) => {
      matrix.entries[i * (2 * n - 1) + j - i + n - 1] = covariance(a.at, b.at) * (i === j ? 1 + 1e-6 : 1)
    }),
  )
  solveBanded(matrix, weights)
  return Float64Array.from({ length: POINTS }, (_, i) =>
    sensors.reduce((sum, { at }, j) => sum + covariance(i, at) * weights[j]!, 0),
  )
}
