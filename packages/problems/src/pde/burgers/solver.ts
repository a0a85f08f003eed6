import { squareAdvection } from '../../numerics/squareAdvection.js'

/**
 * u_t + u u_x = ν u_xx, periodic, by a pseudo-spectral method: the equation for the Fourier coefficients,
 *
 *     ûₖ' = −ν qₖ² ûₖ − (i qₖ/2) (u²)^ₖ,   qₖ = 2πk/L
 *
 * u² is formed at the nodes, without its upper third of wave numbers (dealiasing). An integrating factor solves the
 * diffusion exactly, the classical Runge–Kutta method the rest. Error: exponentially small in the number of nodes while
 * the solution is resolved, O(Δt⁴) in time.
 *
 * @param options.initial u at the n nodes low + L i/n, n a power of two (without the right end)
 * @param options.steps steps from one stored time to the next
 * @param options.times number of stored times, the first one 0, equally spaced up to `end`
 * @returns u on the grid [n, times], row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export function solveBurgers(options: {
  readonly viscosity: number
  readonly length: number
  readonly initial: Float64Array
  readonly end: number
  readonly times: number
  readonly steps: number
}): Float64Array {
  const { viscosity, length, initial, end, times, steps } = options
  const n = initial.length
  const { q, transform, advect } = squareAdvection(n, length)
  const dt = end / ((times - 1) * steps)
  const half = q.map((v) => Math.exp((-viscosity * v * v * dt) / 2))

  const re = initial.slice()
  const im = new Float64Array(n)
  const [wr, wi] = [new Float64Array(n), new Float64Array(n)]
  transform.forward(re, im)
  const room = (): [Float64Array, Float64Array] => [new Float64Array(n), new Float64Array(n)]
  const [k1, k2, k3, k4, at] = [room(), room(), room(), room(), room()]
  /** One Runge–Kutta step for v = e^{ν q² t} û, written in û. */
  const step = (): void => {
    const parts = [re, im] as const
    advect(re, im, ...k1)
    for (const c of [0, 1] as const)
      for (let k = 0; k < n; k++) at[c][k] = half[k]! * (parts[c][k]! + (dt / 2) * k1[c][k]!)
    advect(...at, ...k2)
    for (const c of [0, 1] as const)
      for (let k = 0; k < n; k++) at[c][k] = half[k]! * parts[c][k]! + (dt / 2) * k2[c][k]!
    advect(...at, ...k3)
    for (const c of [0, 1] as const)
      for (let k = 0; k < n; k++) at[c][k] = half[k]! * (half[k]! * parts[c][k]! + dt * k3[c][k]!)
    advect(...at, ...k4)
    for (const c of [0, 1] as const)
      for (let k = 0; k < n; k++) {
        const e = half[k]!
        parts[c][k] =
          e * e * (parts[c][k]! + (dt / 6) * k1[c][k]!) + (dt / 3) * e * (k2[c][k]! + k3[c][k]!) + (dt / 6) * k4[c][k]!
      }
  }
  const out = new Float64Array(n * times)
  for (let j = 0; j < times; j++) {
    wr.set(re)
    wi.set(im)
    transform.inverse(wr, wi)
    for (let i = 0; i < n; i++) out[i * times + j] = wr[i]!
    if (j < times - 1) for (let s = 0; s < steps; s++) step()
  }
  return out
}
