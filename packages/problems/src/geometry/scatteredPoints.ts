import type { Domain } from '@spikeward/core'

/**
 * A scattered, evenly spread set: the additive recurrence x⁽ᵏ⁾ = frac(½ + k·α), αⱼ = φ⁻ʲ, with φ the only root > 1 of
 * φ^(d+1) = φ + 1 (d = 1: the golden ratio; d = 2: 1.3247…). Deterministic: there is no key.
 *
 * @param domain [low, high] of each axis
 * @param count number of points
 * @returns a flat [count, axes] array
 * @see M. Roberts, "The unreasonable effectiveness of quasirandom sequences" (2018): the R_d sequence
 */
export function scatteredPoints(domain: Domain, count: number): Float64Array {
  const axes = domain.length
  let phi = 2
  for (let i = 0; i < 60; i++) phi = (1 + phi) ** (1 / (axes + 1))
  const x = new Float64Array(count * axes)
  for (let k = 0; k < count; k++) {
    for (let a = 0; a < axes; a++) {
      const [low, high] = domain[a]!
      x[k * axes + a] = low + (high - low) * ((0.5 + (k + 1) * phi ** -(a + 1)) % 1)
    }
  }
  return x
}
