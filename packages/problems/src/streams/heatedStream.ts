import { type Key, normal } from '@spikeward/core'
import { banded, solveBanded } from '../numerics/solveBanded.js'
import { type HeatedBody, INTERVAL, advance, fieldAt } from './heatedBody.js'

/** A sample of a heated body. */
export interface HeatSample {
  /** The field at all points: the truth, which only references and errors see. */
  readonly field: Float64Array
  /** Powers of the heaters during the step to this sample. */
  readonly powers: readonly number[]
  /** Mean powers of the next `horizon` steps, which are known ahead. */
  readonly plan: readonly number[]
  /** Readings of the sensors; NaN from one that has failed. */
  readonly readings: Float64Array
}

/** The state of a heated body during a sample. */
export interface HeatConditions {
  readonly diffusivity: number
  /** Numbers of sensors that have failed. */
  readonly failed: readonly number[]
}

/** Samples whose random numbers are drawn at once. */
const BLOCK = 1024

/**
 * A heated body whose diffusivity drifts and whose sensors fail, as a stream without end:
 *
 *     u_t = κ(t) Δu + Σ_h p_h(t) q_h(x),   u = 0 on the boundary
 *
 * with two Gaussian heaters q_h whose powers are 1 + 0.7 times an Ornstein–Uhlenbeck process with a correlation time of
 * 2, a sample each 0.1, by implicit Euler on the points of the body. It begins cold.
 *
 * @param conditions of the sample with this number, from 0
 * @example
 * const steady = () => ({ diffusivity: 0.05, failed: [] })
 * for await (const { readings } of heatedStream(rod, key(0), steady)) console.log(readings)
 */
export async function* heatedStream(
  body: HeatedBody,
  key: Key,
  conditions: (sample: number) => HeatConditions,
): AsyncGenerator<HeatSample, never> {
  const { points, sensors, heaters, horizon, noise } = body
  const modes = body.modes()
  const width = heaters + sensors.length
  const decay = Math.exp(-INTERVAL / 2)
  let amplitudes: Float64Array = new Float64Array(points)
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
      amplitudes = advance(modes, amplitudes, powers, diffusivity)
      const field = fieldAt(modes, amplitudes)
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
export function driftingHeat(
  body: HeatedBody,
  samples: number,
): {
  /** First sample of the drift, the first after it, and the first without one sensor. */
  readonly phases: readonly [drift: number, steady: number, failure: number]
  conditions(sample: number): HeatConditions
} {
  const [drift, steady] = phasesOf(samples)
  const failure = Math.floor((5 / 6) * samples)
  const diffusivity = drifting([drift, steady], body.diffusivity)
  return {
    phases: [drift, steady, failure],
    conditions: (t) => ({ diffusivity: diffusivity(t), failed: t < failure ? [] : [2] }),
  }
}

/**
 * The field of a body from values at its sensors: the mean of a Gaussian process whose covariance
 * Σ_k φ_k(x) φ_k(y) / λ_k² knows nothing of the body but that its boundary is at 0.
 *
 * @param readings sensors whose reading is NaN are left out. Default: the values themselves
 */
export function heatedField(
  body: HeatedBody,
  values: ArrayLike<number>,
  readings: ArrayLike<number> = values,
): Float64Array {
  const { covariances } = body.modes()
  const there = body.sensors.flatMap((at, s) =>
    Number.isNaN(readings[s]!) ? [] : [{ at, value: values[s]!, covariance: covariances[s]! }],
  )
  const n = there.length
  // A full matrix has n − 1 diagonals on each side.
  const matrix = banded(n, n - 1)
  const weights = Float64Array.from(there, ({ value }) => value)
  there.forEach(({ covariance }, i) =>
    there.forEach(({ at }, j) => {
      matrix.entries[i * (2 * n - 1) + j - i + n - 1] = covariance[at]! * (i === j ? 1 + 1e-6 : 1)
    }),
  )
  solveBanded(matrix, weights)
  return Float64Array.from({ length: body.points }, (_, i) =>
    there.reduce((sum, { covariance }, j) => sum + covariance[i]! * weights[j]!, 0),
  )
}
