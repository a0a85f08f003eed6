/** Running means and deviations of a stream's numbers (Welford), with old samples forgotten at a rate. */
export interface Normaliser {
  /**
   * Writes the standardised numbers of one or several samples, cut to ±10; a number that is missing (NaN) becomes 0,
   * its mean.
   */
  standardise(values: ArrayLike<number>, into: Float32Array): void
  /** Writes means and deviations: a standardised number v is offset + scale · v. */
  describe(offsets: Float64Array, scales: Float64Array): void
  /** Takes a sample into account, up to ten deviations from the mean; missing numbers are left out. */
  add(values: ArrayLike<number>): void
  /** Gives the samples so far the weight of at most `samples`, so that later ones count for more. */
  forget(samples: number): void
  /** All state: count, mean and variance of each number. */
  readonly state: Float64Array
}

/** Deviations are at least this share of the mean's size, so that a constant column stays finite. */
const FLOOR = 1e-6
/** The largest standardised number, so that one false number stays harmless. */
const LARGEST = 10
/** Samples after which deviations are known well enough to call a number false. */
const ENOUGH = 30

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
  /** A number without the part beyond {@link LARGEST} deviations, once there are deviations. */
  const limited = (value: number, i: number): number => {
    const reach = LARGEST * Math.sqrt(variances[i]!)
    if (counts[i]! < ENOUGH || reach <= LARGEST * FLOOR * (1 + Math.abs(means[i]!))) return value
    return means[i]! + Math.max(-reach, Math.min(reach, value - means[i]!))
  }
  return {
    state,
    standardise(values, into) {
      for (let i = 0; i < values.length; i++) {
        const value = (values[i]! - means[i % width]!) / deviation(i % width)
        into[i] = Number.isNaN(value) ? 0 : Math.max(-LARGEST, Math.min(LARGEST, value))
      }
    },
    describe(offsets, scales) {
      for (let i = 0; i < width; i++) {
        offsets[i] = means[i]!
        scales[i] = deviation(i)
      }
    },
    forget: (samples) => counts.forEach((n, i) => (counts[i] = Math.min(n, samples))),
    add(values) {
      for (let i = 0; i < width; i++) {
        if (Number.isNaN(values[i]!)) continue
        const value = limited(values[i]!, i)
        const n = (counts[i] = Math.min(counts[i]! + 1, memory))
        const before = value - means[i]!
        means[i]! += before / n
        variances[i]! += (before * (value - means[i]!) - variances[i]!) / n
      }
    },
  }
}
