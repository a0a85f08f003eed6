import { fft } from '../../numerics/fft.js'

/** Options of {@link solveAdvectionDiffusion}. */
export type SolveAdvectionDiffusionOptions = {
  readonly speed: number
  readonly diffusivity: number
  /** Source and initial values at equally spaced nodes of the period [0, 1), a power of two of them. */
  readonly source: Float64Array
  readonly initial: Float64Array
}

/**
 * Solves u_t + c u_x = D u_xx + f(x) with period 1 and u(x, 0) = u₀(x), exactly for the trigonometric polynomials
 * through the nodes of wave numbers below half the number of nodes: the Fourier coefficient of wave number k is
 *
 *     û_k(t) = e^(λt) û₀ + f̂ (e^(λt) − 1)/λ,   λ = −D q² − i c q,   q = 2πk;   û₀ + f̂ t for k = 0
 *
 * @returns u at any x and any t ≥ 0
 * @throws INVALID_OPTION if the number of nodes is not a power of two
 */
export function solveAdvectionDiffusion(options: SolveAdvectionDiffusionOptions): (x: number, t: number) => number {
  const { speed, diffusivity, source, initial } = options
  const n = source.length
  const transform = fft(n)
  const coefficients = (values: Float64Array): readonly [Float64Array, Float64Array] => {
    const [re, im] = [values.slice(), new Float64Array(n)]
    transform.forward(re, im)
    return [re, im]
  }
  const [[fr, fi], [ur, ui]] = [coefficients(source), coefficients(initial)]
  const modes = n / 2
  const times = new Map<number, readonly [Float64Array, Float64Array]>()
  const places = new Map<number, readonly [Float64Array, Float64Array]>()

  /** û_k(t) 2/n, half of it for k = 0. */
  const at = (t: number): readonly [Float64Array, Float64Array] => {
    const [re, im] = [new Float64Array(modes), new Float64Array(modes)]
    re[0] = (ur[0]! + fr[0]! * t) / n
    for (let k = 1; k < modes; k++) {
      const q = 2 * Math.PI * k
      const [a, b] = [-diffusivity * q * q, -speed * q]
      const [er, ei] = [Math.exp(a * t) * Math.cos(b * t), Math.exp(a * t) * Math.sin(b * t)]
      // (e^(λt) − 1)/λ = (e^(λt) − 1) λ*/|λ|².
      const size = a * a + b * b
      const [pr, pi] = [((er - 1) * a + ei * b) / size, (ei * a - (er - 1) * b) / size]
      re[k] = (2 / n) * (er * ur[k]! - ei * ui[k]! + pr * fr[k]! - pi * fi[k]!)
      im[k] = (2 / n) * (er * ui[k]! + ei * ur[k]! + pr * fi[k]! + pi * fr[k]!)
    }
    return [re, im]
  }
  const waves = (x: number): readonly [Float64Array, Float64Array] => [
    Float64Array.from({ length: modes }, (_, k) => Math.cos(2 * Math.PI * k * x)),
    Float64Array.from({ length: modes }, (_, k) => Math.sin(2 * Math.PI * k * x)),
  ]
  const known = <V>(store: Map<number, V>, key: number, make: (key: number) => V): V => {
    const solver = store.get(key) ?? make(key)
    store.set(key, solver)
    return solver
  }
  return (x, t) => {
    const [re, im] = known(times, t, at)
    const [c, s] = known(places, x, waves)
    let u = 0
    for (let k = 0; k < modes; k++) u += re[k]! * c[k]! - im[k]! * s[k]!
    return u
  }
}
