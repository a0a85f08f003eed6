/** The mean of a sample, (1/n) Σ xᵢ; NaN of an empty one. */
export const sampleMean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** The standard deviation of a sample, √(Σ (xᵢ − x̄)²/(n − 1)); null of fewer than two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const centre = sampleMean(values)
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1))
}

/** The median of a sample: of an even number of values, the mean of the two in the middle; NaN of an empty one. */
export function sampleMedian(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]]
  return (low + high) / 2
}
