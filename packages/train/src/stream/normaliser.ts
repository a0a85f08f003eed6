/** Running means and deviations of a stream's numbers (Welford), with old samples forgotten at a rate. */
export interface Normaliser {
  /** Standardised numbers of one or several samples; a number that is missing (NaN) becomes 0, its mean. */
  standardise(values: ArrayLike<number>): Float32Array
  /** A function from standardised numbers to the numbers themselves, by the means and deviations of now. */
  restorer(): (values: ArrayLike<number>) => number[]
  /** Takes a sample into account; missing numbers are left out. */
  add(values: ArrayLike<number>): void
  /** Gives the samples so far the weight of at most `samples`, so that later ones count for more. */
  forget(samples: number): void
  /** All state: count, mean and variance of each number. */
  readonly state: Float64Array
}

/** Deviations are at least this share of the mean's size, so that a constant column stays finite. */
const FLOOR = 1e-6

/**
 * @param width numbers of a sample
 * @param memory samples over which means are taken: later ones replace earlier ones; Infinity keeps all
 * @param state 3 × width numbers, which it changes: 0 to begin, or those of an earlier one
 */
export function normaliser(width: number, memory: number, state: Float64Array): Normaliser {
  const [counts, means, variances] = [0, 1, 2].map((i) => state.subarray(i * width, (i + 1) * width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const deviation = (i: number): number =>
    counts[i]! < 2 ? 1 : Math.max(Math.sqrt(variances[i]!), FLOOR * (1 + Math.abs(means[i]!)))
  return {
    state,
    standardise: (values) =>
      Float32Array.from(values, (value, i) =>
        Number.isNaN(value) ? 0 : (value - means[i % width]!) / deviation(i % width),
      ),
    restorer() {
      const [offsets, scales] = [means.slice(), Float64Array.from(means, (_, i) => deviation(i))]
      return (values) => Array.from(values, (value, i) => offsets[i]! + scales[i]! * value)
    },
    forget: (samples) => counts.forEach((n, i) => (counts[i] = Math.min(n, samples))),
    add(values) {
      for (let i = 0; i < width; i++) {
        const value = values[i]!
        if (Number.isNaN(value)) continue
        const n = (counts[i] = Math.min(counts[i]! + 1, memory))
        const before = value - means[i]!
        means[i]! += before / n
        variances[i]! += (before * (value - means[i]!) - variances[i]!) / n
      }
    },
  }
}
