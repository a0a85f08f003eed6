/** The mean of the values that are there; null where there is none. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const found = values.filter((v): v is number => v !== null)
  return found.length === 0 ? null : found.reduce((a, b) => a + b, 0) / found.length
}

/** Sample standard deviation, n − 1 in the denominator; null where fewer than two values are there. */
export function spreadOf(values: readonly (number | null)[]): number | null {
  const found = values.filter((v): v is number => v !== null)
  const mean = meanOf(found)
  if (mean === null || found.length < 2) return null
  return Math.sqrt(found.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (found.length - 1))
}

/** The middle value, of an even number the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[half] ?? Number.NaN)
    : ((sorted[half - 1] ?? 0) + (sorted[half] ?? Number.NaN)) / 2
}
