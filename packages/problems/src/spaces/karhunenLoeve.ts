import { SpikewardError, symmetricEigen } from '@spikeward/core'
import type { CovarianceKernel } from './gaussianProcess.js'
import type { FunctionSpace } from './sampleFunctions.js'

/**
 * Nodes and weights of Gauss–Legendre quadrature on [low, high]: ∫ g ≈ Σ wᵢ g(xᵢ), exact for polynomials of degree
 * 2n − 1. The nodes are the roots of the Legendre polynomial Pₙ, by Newton's method from cos(π(i + ¾)/(n + ½)).
 */
export function gaussLegendre(n: number, [low, high]: readonly [number, number]): { x: Float64Array; w: Float64Array } {
  const x = new Float64Array(n)
  const w = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let root = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 1
    for (let step = 0; step < 100; step++) {
      let [before, p] = [1, root]
      for (let k = 2; k <= n; k++) [before, p] = [p, ((2 * k - 1) * root * p - (k - 1) * before) / k]
      if (n === 1) p = root
      slope = (n * (before - root * p)) / (1 - root * root)
      const change = p / slope
      root -= change
      if (Math.abs(change) < 1e-15) break
    }
    // Roots come from the right end to the left.
    x[n - 1 - i] = low + ((high - low) * (1 + root)) / 2
    w[n - 1 - i] = (high - low) / ((1 - root * root) * slope * slope)
  }
  return { x, w }
}

/** Options of {@link karhunenLoeve}. */
export type KarhunenLoeveOptions = {
  readonly kernel: CovarianceKernel
  /** The interval on which the functions are defined. */
  readonly domain: readonly [number, number]
  /** The largest number of terms to retain. Default: all that double precision resolves. */
  readonly terms?: number
  /**
   * Quadrature nodes. Default 64: enough for smooth kernels with length scales down to about a tenth of the interval.
   */
  readonly nodes?: number
}

/** A truncated Karhunen–Loève expansion, with its eigenvalues. */
export interface KarhunenLoeve extends FunctionSpace {
  /** λ₁ ≥ λ₂ ≥ …, of the retained terms. */
  readonly eigenvalues: Float64Array
  /** The fraction of the total variance ∫ k(x, x) dx in the retained terms. */
  readonly explained: number
}

/**
 * A Gaussian random function by its Karhunen–Loève expansion, f = Σ √λⱼ zⱼ φⱼ, where (λⱼ, φⱼ) are the eigenpairs of the
 * covariance operator: ∫ k(x, y) φ(y) dy = λ φ(x). Among expansions with the same number of terms, it omits the least
 * variance.
 *
 * The eigenproblem is solved by Nyström's method: with quadrature nodes xᵢ and weights wᵢ the matrix √wᵢ k(xᵢ, xⱼ) √wⱼ
 * has eigenvectors v, and √λ φ(x) = λ^(−½) Σᵢ k(x, xᵢ) √wᵢ vᵢ at any x.
 *
 * @throws INVALID_OPTION
 */
export function karhunenLoeve({ kernel, domain, terms, nodes = 64 }: KarhunenLoeveOptions): KarhunenLoeve {
  const [low, high] = domain
  if (!(low < high))
    throw new SpikewardError(
      'INVALID_OPTION',
      `karhunenLoeve: the interval [${low}, ${high}] is empty; give low below high`,
    )
  for (const [name, value] of Object.entries({ terms: terms ?? 1, nodes }))
    if (!Number.isInteger(value) || value < 1)
      throw new SpikewardError('INVALID_OPTION', `karhunenLoeve: ${name} = ${value}; give a whole number of at least 1`)
  const { x, w } = gaussLegendre(nodes, domain)
  const matrix = new Float64Array(nodes * nodes)
  let total = 0
  for (let i = 0; i < nodes; i++) {
    total += w[i]! * kernel.covariance(x[i]!, x[i]!)
    for (let j = 0; j < nodes; j++) matrix[i * nodes + j] = Math.sqrt(w[i]! * w[j]!) * kernel.covariance(x[i]!, x[j]!)
  }
  const { values, vectors } = symmetricEigen(matrix, nodes)
  const resolved = values.findIndex((v) => !(v > 1e-13 * values[0]!))
  const rank = Math.min(terms ?? nodes, resolved < 0 ? nodes : resolved)
  const eigenvalues = values.slice(0, rank)
  return {
    name: `karhunen-loeve(${kernel.name}, [${low}, ${high}], ${rank}, ${nodes})`,
    rank,
    eigenvalues,
    explained: eigenvalues.reduce((sum, v) => sum + v, 0) / total,
    basis(points) {
      const basis = new Float64Array(points.length * rank)
      points.forEach((at, p) => {
        for (let i = 0; i < nodes; i++) {
          const k = kernel.covariance(at, x[i]!) * Math.sqrt(w[i]!)
          for (let r = 0; r < rank; r++) basis[p * rank + r]! += (k * vectors[r * nodes + i]!) / Math.sqrt(values[r]!)
        }
      })
      return basis
    },
  }
}
