import { podBasis } from './podBasis.js'

/** A map of input functions to their principal components, on the host: z = (f − mean) weight. */
export type PrincipalComponents = {
  /** f̄, the mean function, [m]. */
  readonly mean: Float64Array
  /** [m, k], row-major. */
  readonly weight: Float64Array
  readonly count: number
}

/**
 * The first k principal components of input functions, each divided by its deviation:
 *
 *     z_k = ⟨f − f̄, φ_k⟩ / σ_k,   φ_k the modes of {@link podBasis} of the functions, σ_k² the mean of ⟨f − f̄, φ_k⟩² over them
 *
 * Over the given functions, the components have mean 0 and deviation 1, and are uncorrelated. Components beyond the rank of the
 * functions are 0.
 *
 * @param rows functions [count, m], row-major, such as the sensor values of the training functions
 * @param components k, at most `count` and m
 * @throws INVALID_OPTION
 * @see Bhattacharya, Hosseini, Kovachki & Stuart, SMAI J. Comput. Math. 2021 (PCA-Net)
 * @example const { mean, weight } = principalComponents(data.sensors, data.count, 40)
 */
export function principalComponents(rows: Float64Array, count: number, components: number): PrincipalComponents {
  const { mean, modes } = podBasis(rows, count, components)
  const m = mean.length
  const variance = new Float64Array(components)
  const products = new Float64Array(components)
  for (let r = 0; r < count; r++) {
    products.fill(0)
    for (let i = 0; i < m; i++) {
      const d = rows[r * m + i]! - mean[i]!
      for (let k = 0; k < components; k++) products[k]! += d * modes[i * components + k]!
    }
    for (let k = 0; k < components; k++) variance[k]! += products[k]! ** 2 / count
  }
  // Rounding gives components beyond the rank a deviation of about 1e-16 of the first.
  const least = 1e-12 * Math.sqrt(variance[0]!)
  const factor = variance.map((v) => (Math.sqrt(v) > least ? 1 / Math.sqrt(v) : 0))
  return { mean, weight: modes.map((v, i) => v * factor[i % components]!), count: components }
}
