import type { SourceFunction } from '@spikeward/core'

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
