import { podBasis } from './podBasis.js'

/** A map of input functions to their principal components, on the host: z = (f − mean) weight. */
export type PrincipalComponents = {
  /** f̄, the mean function, [m]. */
  readonly mean: Float64Array
  /** [m, k], row-major. */
  readonly weight: Float64Array
  /** k, the number of components. */
  readonly components: number
}

/**
 * The first k principal components of input functions, in units of the deviation of the first:
 *
 *     z_k = ⟨f − f̄, φ_k⟩ / σ,   φ_k the modes of {@link podBasis} of the functions, σ² the mean of ⟨f − f̄, φ_1⟩² over them
 *
 * Over the given functions, the components have mean 0 and are uncorrelated, and their deviations fall from 1. They
 * keep their sizes, since dividing each by its own deviation raises those that matter least: on Darcy's equation, a
 * ridge regression on 400 random tanh features of 20 components had an error of 0.041 on validation functions as they
 * are here, and of 0.071 with deviations of 1.
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
  let square = 0
  for (let r = 0; r < count; r++) {
    let product = 0
    for (let i = 0; i < m; i++) product += (rows[r * m + i]! - mean[i]!) * modes[i * components]!
    square += product ** 2 / count
  }
  // Functions that do not differ have components of 0.
  const unit = Math.sqrt(square) || 1
  return { mean, weight: modes.map((v) => v / unit), components }
}
