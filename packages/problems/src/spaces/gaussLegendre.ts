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
