import type { SourceFunction } from '@spikeward/core'

/** The data of an operator that the page shows. */
type ShownOperator = {
  readonly title: string
  /** The equation, with its conditions. */
  readonly text: string
  /** Ends of the interval of the sources. */
  readonly low: number
  readonly high: number
  /** Whether the solution depends on time, and is drawn as a map. */
  readonly inTime: boolean
  /** As a command names it. */
  readonly problem: string
  /** Length scale of the sources in its training set, as a share of the interval. */
  readonly smoothness: number
}

/**
 * The operators that the page shows. Each has a trained checkpoint in public/checkpoints, which
 * scripts/trainCheckpoint.ts writes. This is the only list of them.
 */
export const shownOperators = {
  poisson: {
    title: 'Poisson',
    text: '−u″ = f on [−1, 1], u = 0 at both ends',
    low: -1,
    high: 1,
    inTime: false,
    problem: 'poisson-1d(lengthScale=0.5)',
    smoothness: 0.25,
  },
  'reaction-diffusion': {
    title: 'Reaction–diffusion',
    text: 'uₜ = 0.01 uₓₓ + 0.01 u² + f(x) on [0, 1], u = 0 at the ends and at t = 0',
    low: 0,
    high: 1,
    inTime: true,
    problem: 'reaction-diffusion(lengthScale=0.25)',
    smoothness: 0.25,
  },
} as const satisfies Readonly<Record<string, ShownOperator>>

/** The name of one of them. */
export type OperatorName = keyof typeof shownOperators

/** A Gaussian with this share of the length scale smooths hand-drawn curves. */
const WIDTH = 0.25

/**
 * A smooth function through a hand-drawn line: the average of the drawn values with Gaussian weights,
 *
 *     f(x) = Σᵢ wᵢ(x) yᵢ / Σᵢ wᵢ(x),   wᵢ(x) = exp(−(x − xᵢ)²/2σ²),   σ = smoothness · length of the interval / 4
 *
 * so that it is as smooth as the functions that the network was trained on.
 *
 * @param values at equidistant points of the interval, including its ends
 * @param smoothness length scale as a share of the interval
 */
export function smooth(
  values: Float64Array,
  [low, high]: readonly [number, number],
  smoothness: number,
): SourceFunction {
  const sigma = WIDTH * smoothness * (high - low)
  const last = values.length - 1
  return (points) =>
    points.map((x) => {
      let [sum, weights] = [0, 0]
      for (let i = 0; i <= last; i++) {
        const w = Math.exp(-0.5 * ((x - low - ((high - low) * i) / last) / sigma) ** 2)
        sum += w * values[i]!
        weights += w
      }
      return sum / weights
    })
}

/** The extremes of some functions: their size, and how fast they change. */
export type Span = { readonly size: number; readonly slope: number }

const largest = (values: Float64Array): number => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)

/** The largest change from a sensor to the next. */
function steepest(values: Float64Array): number {
  let most = 0
  for (let i = 1; i < values.length; i++) most = Math.max(most, Math.abs(values[i]! - values[i - 1]!))
  return most
}

/** @param functions each at the same equidistant sensors */
export const spanOf = (functions: readonly Float64Array[]): Span => ({
  size: Math.max(...functions.map(largest)),
  slope: Math.max(...functions.map(steepest)),
})

/**
 * How a source differs from all functions of a span, for the user; null if it does not. A network answers well only for
 * what it was trained on.
 */
export function unlike(values: Float64Array, { size, slope }: Span): string | null {
  if (largest(values) === 0) return 'zero, for which a relative error has no meaning'
  if (largest(values) > size) return 'larger than every source it was trained on'
  return steepest(values) > slope ? 'steeper than every source it was trained on' : null
}
