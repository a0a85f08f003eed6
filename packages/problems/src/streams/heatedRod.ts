import { normal } from '@spikeward/core'
import type { Key } from '@spikeward/core'
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
 * with two Gaussian heaters q_h whose powers are 1 + 0.7 times an Ornstein–Uhlenbeck process with a correlation time of 2, a sample each
 * 0.1, by implicit Euler on 64 points. It begins cold.
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

/**
 * The conditions of a stream with a drift and a failure: κ rises by a factor of 3, exponentially, in the middle third of the samples, and the
 * third sensor fails after five sixths.
 */
export function driftingRod(samples: number): {
  /** First sample of the drift, the first after it, and the first without one sensor. */
  readonly phases: readonly [drift: number, steady: number, failure: number]
  conditions(sample: number): RodConditions
} {
  const [drift, steady, failure] = [1 / 3, 2 / 3, 5 / 6].map((share) => Math.floor(share * samples)) as [
    number,
    number,
    number,
  ]
  const [low, high] = rod.diffusivity
  return {
    phases: [drift, steady, failure],
    conditions: (t) => ({
      diffusivity: low * (high / low) ** Math.min(Math.max((t - drift) / (steady - drift), 0), 1),
      failed: t < failure ? [] : [2],
    }),
  }
}

/**
 * The field of the rod from values at its sensors, NaN left out: the mean of a Gaussian process whose covariance
 * Σ_k 2 sin(kπx) sin(kπy) / (kπ)⁴ knows nothing of the rod but that its ends are at 0.
 */
export function rodField(values: ArrayLike<number>): Float64Array {
  const there = rod.sensors.flatMap((at, s) => (Number.isNaN(values[s]!) ? [] : [{ at, value: values[s]! }]))
  const weights = solve(
    there.map((a, i) => there.map((b, j) => covariance(a.at, b.at) * (i === j ? 1 + 1e-6 : 1))),
    there.map(({ value }) => value),
  )
  return Float64Array.from({ length: POINTS }, (_, i) =>
    there.reduce((sum, { at }, j) => sum + covariance(i, at) * weights[j]!, 0),
  )
}

/** Gaussian elimination of a positive definite system. */
function solve(matrix: number[][], right: number[]): number[] {
  const n = right.length
  for (let k = 0; k < n; k++)
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i]![k]! / matrix[k]![k]!
      for (let j = k; j < n; j++) matrix[i]![j]! -= factor * matrix[k]![j]!
      right[i]! -= factor * right[k]!
    }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) right[k]! -= matrix[k]![j]! * right[j]!
    right[k]! /= matrix[k]![k]!
  }
  return right
}
