import { positive } from '../checks/positive.js'

/** A covariance function k(x, y) on the line, and its name in signatures. */
export type CovarianceKernel = { readonly name: string; readonly covariance: (x: number, y: number) => number }

/**
 * The squared exponential (RBF) kernel: k(x, y) = σ² exp(−(x − y)²/2ℓ²).
 *
 * @param options `length`: ℓ, in units of x; `variance`: σ², default 1
 * @throws INVALID_OPTION
 */
export function rbf(options: { readonly length: number; readonly variance?: number }): CovarianceKernel {
  const { length, variance = 1 } = options
  positive('rbf', 'length', length)
  positive('rbf', 'variance', variance)
  return {
    name: `rbf(${length}, ${variance})`,
    covariance: (x, y) => variance * Math.exp(-((x - y) ** 2) / (2 * length * length)),
  }
}
