import { fft2 } from '../../numerics/fft.js'

/** Options of {@link solveVorticity}. */
export type SolveVorticityOptions = {
  /** ν. */
  readonly viscosity: number
  /** ω at the n² nodes (i/n, j/n) of the unit square, row-major, n a power of two. */
  readonly initial: Float64Array
  /** f at the nodes at a time. */
  readonly force: (t: number) => Float64Array
  /** The last time. */
  readonly end: number
  /** Number of stored times, the first one 0, equally spaced up to `end`. */
  readonly times: number
  /** Steps from one stored time to the next. */
  readonly steps: number
}

/**
 * ω_t + u·∇ω = ν Δω + f, periodic on the unit square, with u = (ψ_y, −ψ_x) and −Δψ = ω, by a pseudo-spectral method.
 * Products are formed at the nodes, without the upper third of wave numbers (dealiasing); an integrating factor solves
 * the viscosity exactly, the classical Runge–Kutta method the rest. Error: exponentially small in the nodes while they
 * resolve the solution, O(Δt⁴) in time.
 *
 * @returns ω on the grid [n, n, times], row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export function solveVorticity({ viscosity, initial, force, end, times, steps }: SolveVorticityOptions): Float64Array {
  const size = initial.length
  const n = Math.round(Math.sqrt(size))
  const transform = fft2(n)
  const dt = end / ((times - 1) * steps)
  const wave = (i: number): number => 2 * Math.PI * (i <= n / 2 ? i : i - n)
  const isKept = (i: number): boolean => Math.min(i, n - i) < n / 3
  const room = (): Float64Array => new Float64Array(size)
  const [qx, qy, inverse, half, mask] = [room(), room(), room(), room(), room()]
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const [k, a, b] = [i * n + j, wave(i), wave(j)]
      const square = a * a + b * b
      qx[k] = a
      qy[k] = b
      inverse[k] = square === 0 ? 0 : 1 / square
      half[k] = Math.exp((-viscosity * square * dt) / 2)
      mask[k] = isKept(i) && isKept(j) ? 1 : 0
    }
  const pair = (): readonly [Float64Array, Float64Array] => [room(), room()]
  const [flow, slope] = [pair(), pair()]
  /** Two real fields at the nodes, the parts of one transform: that of the coefficients (re, im) · (a + ib). */
  const fields = (
    [re, im]: readonly [Float64Array, Float64Array],
    factor: (k: number) => readonly [a: number, b: number],
    [outR, outI]: readonly [Float64Array, Float64Array],
  ): void => {
    for (let k = 0; k < size; k++) {
      const [a, b] = factor(k)
      outR[k] = mask[k]! * (a * re[k]! - b * im[k]!)
      outI[k] = mask[k]! * (a * im[k]! + b * re[k]!)
    }
    transform.inverse(outR, outI)
  }
  /** The coefficients of f − u·∇ω, without the upper third. */
  const rate = (t: number, re: Float64Array, im: Float64Array, outR: Float64Array, outI: Float64Array): void => {
    // u + iv = iq_y ψ + q_x ψ and ω_x + iω_y = iq_x ω − q_y ω of coefficients.
    fields([re, im], (k) => [qx[k]! * inverse[k]!, qy[k]! * inverse[k]!], flow)
    fields([re, im], (k) => [-qy[k]!, qx[k]!], slope)
    const f = force(t)
    for (let k = 0; k < size; k++) outR[k] = f[k]! - flow[0][k]! * slope[0][k]! - flow[1][k]! * slope[1][k]!
    outI.fill(0)
    transform.forward(outR, outI)
    for (let k = 0; k < size; k++) {
      outR[k]! *= mask[k]!
      outI[k]! *= mask[k]!
    }
  }
  const at = [initial.slice(), room()] as const
  transform.forward(at[0], at[1])
  const [k1, k2, k3, k4, mid] = [pair(), pair(), pair(), pair(), pair()]
  /** One Runge–Kutta step for e^{ν q² t} ω̂, written in ω̂. */
  const step = (t: number): void => {
    rate(t, ...at, ...k1)
    for (const c of [0, 1] as const)
      for (let k = 0; k < size; k++) mid[c][k] = half[k]! * (at[c][k]! + (dt / 2) * k1[c][k]!)
    rate(t + dt / 2, ...mid, ...k2)
    for (const c of [0, 1] as const)
      for (let k = 0; k < size; k++) mid[c][k] = half[k]! * at[c][k]! + (dt / 2) * k2[c][k]!
    rate(t + dt / 2, ...mid, ...k3)
    for (const c of [0, 1] as const)
      for (let k = 0; k < size; k++) mid[c][k] = half[k]! * (half[k]! * at[c][k]! + dt * k3[c][k]!)
    rate(t + dt, ...mid, ...k4)
    for (const c of [0, 1] as const)
      for (let k = 0; k < size; k++) {
        const e = half[k]!
        const whole = e * e * (at[c][k]! + (dt / 6) * k1[c][k]!)
        at[c][k] = whole + (dt / 3) * e * (k2[c][k]! + k3[c][k]!) + (dt / 6) * k4[c][k]!
      }
  }
  const out = new Float64Array(size * times)
  for (let m = 0; m < times; m++) {
    flow[0].set(at[0])
    flow[1].set(at[1])
    transform.inverse(...flow)
    for (let k = 0; k < size; k++) out[k * times + m] = flow[0][k]!
    if (m < times - 1) for (let s = 0; s < steps; s++) step((m * steps + s) * dt)
  }
  return out
}
