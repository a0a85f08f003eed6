import { key as keyOf, normal } from '@spikeward/core'

/** Inner points of the rod on [0, 1], whose ends are at 0. */
export const POINTS = 64
/** Points with a sensor. */
export const SENSORS = [5, 16, 26, 37, 47, 58]
/** Number of the sensor that fails. */
export const FAILS = 2
/** Samples that a prediction reaches ahead. */
export const HORIZON = 5
/** Time between two samples. */
export const INTERVAL = 0.1
/** Diffusivity before and after its drift. */
export const DIFFUSIVITY = [0.05, 0.15] as const
/** Noise of a sensor, as a share of the deviation of the field. */
const NOISE = 0.01

const place = (i: number): number => (i + 1) / (POINTS + 1)

/** Profiles of two heaters. */
export const HEATERS = [0.3, 0.75].map((centre) =>
  Float64Array.from({ length: POINTS }, (_, i) => 4 * Math.exp(-(((place(i) - centre) / 0.1) ** 2))),
)

/** (I − dt κ ∂²)⁻¹ of each column of a row-major [POINTS, columns], in place: Thomas' algorithm. */
export function diffuse(u: Float64Array, diffusivity: number, columns = 1): void {
  const r = diffusivity * INTERVAL * (POINTS + 1) ** 2
  const c = new Float64Array(POINTS)
  for (let i = 0; i < POINTS; i++) {
    const pivot = 1 + 2 * r + (i === 0 ? 0 : r * c[i - 1]!)
    c[i] = -r / pivot
    for (let j = 0; j < columns; j++) {
      const at = i * columns + j
      u[at] = (u[at]! + (i === 0 ? 0 : r * u[at - columns]!)) / pivot
    }
  }
  for (let at = (POINTS - 1) * columns - 1; at >= 0; at--) u[at]! -= c[Math.floor(at / columns)]! * u[at + columns]!
}

/** The field one sample later, under the powers of the heaters: implicit Euler. */
export function advance(u: Float64Array, powers: readonly number[], diffusivity: number): Float64Array {
  const next = u.map((v, i) => v + INTERVAL * HEATERS.reduce((sum, q, h) => sum + powers[h]! * q[i]!, 0))
  diffuse(next, diffusivity)
  return next
}

/** A heated rod: fields, powers and readings of each sample. */
export interface Rod {
  /** [samples] of POINTS numbers, the truth, which only references and errors see. */
  readonly fields: readonly Float64Array[]
  /** Powers of the heaters during the step to each sample: the plan, which is known ahead. */
  readonly powers: readonly (readonly number[])[]
  /** Readings of the sensors, NaN from one that has failed. */
  readonly readings: readonly Float64Array[]
  /** Deviation of the noise. */
  readonly noise: number
}

/** First sample of the drift, the first after it, and the first without one sensor. */
export const phasesOf = (samples: number): readonly [drift: number, steady: number, failure: number] => [
  Math.floor(samples / 3),
  Math.floor((2 * samples) / 3),
  Math.floor((5 * samples) / 6),
]

/**
 * u_t = κ(t) u_xx + Σ_h p_h(t) q_h(x): the diffusivity rises by a factor of 3 in the middle third; powers are 1 + 0.7 times an Ornstein–Uhlenbeck
 * process with a correlation time of 2; one sensor fails after five sixths.
 */
export async function heatedRod(samples: number, key: number): Promise<Rod> {
  const width = HEATERS.length + SENSORS.length
  const draws = Float64Array.from(await normal(keyOf(key), [samples, width]).data(), Number)
  const [drift, steady, failure] = phasesOf(samples)
  const decay = Math.exp(-INTERVAL / 2)
  const [fields, powers]: [Float64Array[], number[][]] = [[], []]
  let u: Float64Array = new Float64Array(POINTS)
  let state = HEATERS.map(() => 0)
  for (let t = 0; t < samples; t++) {
    const share = Math.min(Math.max((t - drift) / (steady - drift), 0), 1)
    const diffusivity = DIFFUSIVITY[0] * (DIFFUSIVITY[1] / DIFFUSIVITY[0]) ** share
    state = state.map((v, h) => decay * v + Math.sqrt(1 - decay ** 2) * draws[t * width + h]!)
    powers.push(state.map((v) => 1 + 0.7 * v))
    u = advance(u, powers[t]!, diffusivity)
    fields.push(u)
  }
  const noise = NOISE * deviationOf(fields.slice(0, drift))
  const readings = fields.map((field, t) =>
    Float64Array.from(SENSORS, (at, s) =>
      s === FAILS && t >= failure ? NaN : field[at]! + noise * draws[t * width + HEATERS.length + s]!,
    ),
  )
  return { fields, powers, readings, noise }
}

/** Deviation over time, averaged over points. */
function deviationOf(fields: readonly Float64Array[]): number {
  const of = (i: number): number => {
    const mean = fields.reduce((sum, u) => sum + u[i]!, 0) / fields.length
    return fields.reduce((sum, u) => sum + (u[i]! - mean) ** 2, 0) / fields.length
  }
  return Math.sqrt(Array.from({ length: POINTS }, (_, i) => of(i)).reduce((a, b) => a + b) / POINTS)
}

/**
 * The field from values at sensors, missing ones left out: the mean of a Gaussian process whose covariance Σ_k 2 sin(kπx) sin(kπy) / (kπ)⁴ knows
 * nothing of the rod but that its ends are at 0.
 */
export function interpolate(values: ArrayLike<number>): Float64Array {
  const there = SENSORS.flatMap((at, s) => (Number.isNaN(values[s]!) ? [] : [{ at, value: values[s]! }]))
  const weights = solve(
    there.map((a, i) => there.map((b, j) => covariance(a.at, b.at) * (i === j ? 1 + 1e-6 : 1))),
    there.map(({ value }) => value),
  )
  return Float64Array.from({ length: POINTS }, (_, i) =>
    there.reduce((sum, { at }, j) => sum + covariance(i, at) * weights[j]!, 0),
  )
}

/** The covariance of two points: the Green's function of ∂⁴ with u = u″ = 0 at the ends. */
function covariance(i: number, j: number): number {
  const [x, y] = [place(Math.min(i, j)), place(Math.max(i, j))]
  return (x * (1 - y) * (1 - x ** 2 - (1 - y) ** 2)) / 6
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
