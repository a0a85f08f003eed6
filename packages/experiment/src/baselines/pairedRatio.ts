import { SpikewardError } from '@spikeward/core'

/** The geometric mean of ratios a_i / b_i over pairs, and its interval. */
export type PairedRatio = {
  readonly ratio: number
  /** Ends of the interval that contains the true ratio with probability 0.95. */
  readonly low: number
  readonly high: number
  readonly pairs: number
}

/** Two-sided 0.95 quantiles of Student's t for 1 to 9 degrees of freedom. */
const FEW = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]

/** The 0.975 quantile of Student's t: a table for up to 9 degrees of freedom, then Fisher's expansion, to 3e-4. */
function tQuantile(freedom: number): number {
  const z = 1.959964
  const tabled = FEW[freedom - 1]
  if (tabled !== undefined) return tabled
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7]
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  )
}

/**
 * Compares two lists of errors that belong together in pairs, such as two estimators at the same data and network keys:
 *
 *     ratio = exp(m),   interval exp(m ± t s/√n),   m and s the mean and deviation of log(a_i/b_i), t Student's quantile at 0.975
 *
 * Variation that both of a pair share, such as that of data which are hard to learn, cancels: the interval is narrower
 * than the two spreads suggest.
 *
 * @param a errors above 0, or null for a run without one
 * @param b the same, in the order of `a`
 * @returns null with fewer than two pairs of finite errors above 0
 * @throws SHAPE_MISMATCH if the lists have different lengths
 * @example pairedRatio([0.01, 0.012, 0.011], [0.02, 0.025, 0.021]) // { ratio: 0.5, low: 0.46, high: 0.55, pairs: 3 }
 */
export function pairedRatio(a: readonly (number | null)[], b: readonly (number | null)[]): PairedRatio | null {
  if (a.length !== b.length)
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `pairedRatio of ${a.length} and ${b.length} errors; give two lists of the same runs in the same order`,
    )
  const logs = a.flatMap((x, i) => {
    const log = Math.log((x ?? NaN) / (b[i] ?? NaN))
    return Number.isFinite(log) ? [log] : []
  })
  const pairs = logs.length
  if (pairs < 2) return null
  const mean = logs.reduce((s, v) => s + v, 0) / pairs
  const deviation = Math.sqrt(logs.reduce((s, v) => s + (v - mean) ** 2, 0) / (pairs - 1))
  const half = (tQuantile(pairs - 1) * deviation) / Math.sqrt(pairs)
  return { ratio: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half), pairs }
}

/**
 * Whether runs have learned: their errors lie below those of each control by more than the spread, which means that the
 * interval of {@link pairedRatio} ends below 1. The controls are the untrained network with a solved readout, and for
 * an estimator by random directions `randomSign` of it, which keeps the sizes of its steps and loses their signs.
 *
 * @param errors one for each pair of data and network keys
 * @param controls errors of each control for the same keys
 * @returns null if fewer than two pairs leave it open
 */
export function hasLearned(
  errors: readonly (number | null)[],
  controls: readonly (readonly (number | null)[])[],
): boolean | null {
  const ratios = controls.map((control) => pairedRatio(errors, control))
  if (ratios.some((f) => f !== null && f.high >= 1)) return false
  return ratios.length === 0 || ratios.includes(null) ? null : true
}
