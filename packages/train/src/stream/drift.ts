/** Notices that errors have become larger. */
export interface DriftTest {
  /** Takes an error into account; true if the errors have risen. It then begins anew. */
  add(error: number): boolean
  /** All state: errors taken, their mean, the sum of excesses, and its minimum. */
  readonly state: Float64Array
}

/** Numbers of a drift test's state. */
export const DRIFT_STATE = 4

/** Excess of an error over the mean that counts as none, as a share of the mean (δ). */
const TOLERANCE = 0.2
/**
 * Sum of excesses at which drift is noticed (λ): a jump of errors to r times their mean is noticed after λ / (r − 1.2)
 * samples.
 */
const THRESHOLD = 50
/** Errors before the first notice. */
const WARM_UP = 30

/**
 * Page–Hinkley's test on errors e_t relative to their running mean m_t: with δ = 0.2 and λ = 50,
 *
 *     S_t = S_{t−1} + e_t / m_t − 1 − δ,   drift if S_t − min_{s ≤ t} S_s > λ
 *
 * For independent errors whose deviation is 0.75 of their mean, as for absolute values of a normal variable, S crosses
 * λ by chance with a probability of about exp(−2 δ λ / 0.75²) = 3 · 10⁻¹⁶ from each minimum.
 *
 * @param memory samples over which the mean is taken
 * @param state {@link DRIFT_STATE} numbers, which it changes: 0 to begin, or those of an earlier one
 * @see Page 1954, 10.1093/biomet/41.1-2.100
 */
export function driftTest(memory: number, state: Float64Array): DriftTest {
  const [COUNT, MEAN, SUM, LEAST] = [0, 1, 2, 3] as const
  return {
    state,
    add(error) {
      if (Number.isNaN(error)) return false
      const n = (state[COUNT] = Math.min(state[COUNT]! + 1, memory))
      const mean = (state[MEAN]! += (error - state[MEAN]!) / n)
      if (n <= WARM_UP || mean === 0) return false
      const sum = (state[SUM]! += error / mean - 1 - TOLERANCE)
      const least = (state[LEAST] = Math.min(state[LEAST]!, sum))
      if (sum - least <= THRESHOLD) return false
      state.fill(0)
      return true
    },
  }
}
