import { type Key, type SourceFunction, normal } from '@spikeward/core'

/**
 * A space of Gaussian random functions, written in a basis:
 *
 *     f(x) = Σᵣ zᵣ bᵣ(x),   zᵣ independent and standard normal,   so that   Cov(f(x), f(y)) = Σᵣ bᵣ(x) bᵣ(y)
 */
export interface FunctionSpace {
  /** All parameters of the space as text: it is part of signatures. */
  readonly name: string
  /** Number of basis functions. */
  readonly rank: number
  /** [P, rank], row-major: every basis function at every point; points of several variables are flat [P, axes]. */
  basis(points: Float64Array): Float64Array
}

/**
 * Draws functions in double precision, with a counter-based generator: the same key gives the same functions on every
 * machine, and the first functions do not depend on n.
 *
 * @param key the source of randomness
 * @param n number of functions
 * @returns functions that can be evaluated at any points of the space's domain
 */
export async function sampleFunctions(space: FunctionSpace, key: Key, n: number): Promise<SourceFunction[]> {
  const { rank } = space
  const z = (await normal(key, [n, rank], { dtype: 'f64' }).data()) as Float64Array
  // Many functions are evaluated at the same few arrays of points: sensors, a solver's grid.
  const seen = new WeakMap<Float64Array, Float64Array>()
  const basisAt = (points: Float64Array): Float64Array => {
    const known = seen.get(points)
    if (known) return known
    const basis = space.basis(points)
    seen.set(points, basis)
    return basis
  }
  return Array.from({ length: n }, (_, i) => {
    const zi = z.subarray(i * rank, (i + 1) * rank)
    return (points) => {
      const basis = basisAt(points)
      const f = new Float64Array(basis.length / rank)
      for (let p = 0; p < f.length; p++) {
        let sum = 0
        for (let r = 0; r < rank; r++) sum += basis[p * rank + r]! * zi[r]!
        f[p] = sum
      }
      return f
    }
  })
}

/**
 * A space of functions whose variance is the same everywhere, divided by their deviation.
 *
 * @param axes variables of the functions
 */
export function unitVariance(space: FunctionSpace, axes: number): FunctionSpace {
  const deviation = Math.sqrt(space.basis(new Float64Array(axes)).reduce((sum, b) => sum + b * b, 0))
  return { ...space, name: `unit(${space.name})`, basis: (points) => space.basis(points).map((b) => b / deviation) }
}
