/** N of u' = Lu + N(u, t) for coefficients (re, im), written to (outR, outI). */
export type SpectralRate = (
  t: number,
  re: Float64Array,
  im: Float64Array,
  outR: Float64Array,
  outI: Float64Array,
) => void

/** φ₁, φ₂ and φ₃ at z: φₖ(z) = Σⱼ zʲ/(j + k)!, so that φ₁ = (eᶻ − 1)/z and φₖ₊₁ = (φₖ − 1/k!)/z. */
function phis(z: number): readonly [number, number, number] {
  if (Math.abs(z) >= 1) {
    const first = Math.expm1(z) / z
    const second = (first - 1) / z
    return [first, second, (second - 0.5) / z]
  }
  // The recurrence would cancel all digits of small z.
  const series = (k: number): number => {
    let term = 1
    for (let i = 2; i <= k; i++) term /= i
    let sum = term
    for (let j = 1; j < 20; j++) sum += term *= z / (j + k)
    return sum
  }
  return [series(1), series(2), series(3)]
}

/**
 * The exponential Runge–Kutta method of order 4 for u' = Lu + N(u, t), L diagonal and real: with E = e^{hL}, e =
 * e^{hL/2}, Q = (h/2) φ₁(hL/2),
 *
 *     a = eu + Q N(u, t),   b = eu + Q N(a, t + h/2),   c = ea + Q (2 N(b, t + h/2) − N(u, t)),
 *     u₊ = Eu + h (φ₁ − 3φ₂ + 4φ₃) N(u, t) + 2h (φ₂ − 2φ₃)(N(a, t + h/2) + N(b, t + h/2)) + h (4φ₃ − φ₂) N(c, t + h)
 *
 * Stiff L needs no small steps. Error: O(h⁴).
 *
 * @param linear L by coefficient
 * @returns a step in place, from time t to t + h
 * @see Cox & Matthews, J. Comput. Phys. 2002; Kassam & Trefethen, SIAM J. Sci. Comput. 2005
 */
export function etdrk4(
  linear: Float64Array,
  rate: SpectralRate,
  h: number,
): (t: number, re: Float64Array, im: Float64Array) => void {
  const n = linear.length
  const room = (): Float64Array => new Float64Array(n)
  const pair = (): readonly [Float64Array, Float64Array] => [room(), room()]
  const [whole, half, q, f1, f2, f3] = [room(), room(), room(), room(), room(), room()]
  linear.forEach((l, k) => {
    const [p1, p2, p3] = phis(h * l)
    whole[k] = Math.exp(h * l)
    half[k] = Math.exp((h * l) / 2)
    q[k] = (h / 2) * phis((h * l) / 2)[0]
    f1[k] = h * (p1 - 3 * p2 + 4 * p3)
    f2[k] = 2 * h * (p2 - 2 * p3)
    f3[k] = h * (4 * p3 - p2)
  })
  const [nu, na, nb, nc, a, b] = [pair(), pair(), pair(), pair(), pair(), pair()]
  return (t, re, im) => {
    const u = [re, im] as const
    rate(t, ...u, ...nu)
    for (const c of [0, 1] as const) for (let k = 0; k < n; k++) a[c][k] = half[k]! * u[c][k]! + q[k]! * nu[c][k]!
    rate(t + h / 2, ...a, ...na)
    for (const c of [0, 1] as const) for (let k = 0; k < n; k++) b[c][k] = half[k]! * u[c][k]! + q[k]! * na[c][k]!
    rate(t + h / 2, ...b, ...nb)
    for (const c of [0, 1] as const)
      for (let k = 0; k < n; k++) b[c][k] = half[k]! * a[c][k]! + q[k]! * (2 * nb[c][k]! - nu[c][k]!)
    rate(t + h, ...b, ...nc)
    for (const c of [0, 1] as const)
      for (let k = 0; k < n; k++)
        u[c][k] = whole[k]! * u[c][k]! + f1[k]! * nu[c][k]! + f2[k]! * (na[c][k]! + nb[c][k]!) + f3[k]! * nc[c][k]!
  }
}
