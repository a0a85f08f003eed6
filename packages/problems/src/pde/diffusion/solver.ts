import { fft } from '../../numerics/fft.js'

/**
 * Solves u_t = κ u_xx on an interval of length L, zero at both ends, exactly in time for the sine polynomial through
 * the initial values:
 *
 *     u(x, t) = Σₙ bₙ exp(−κ (nπ/L)² t) sin(nπ(x − low)/L)
 *
 * The bₙ are the discrete sine transform of the values, computed by the Fourier transform of their odd extension. The
 * error is that of the interpolation: exponentially small in the number of nodes if the odd extension is analytic;
 * otherwise diffusion damps it.
 *
 * @param options.initial u at the m + 1 nodes of the interval at t = 0, m a power of two; its end values are taken as 0
 * @returns a function of x and t
 * @throws INVALID_OPTION if m is not a power of two
 */
export function solveDiffusion(options: {
  readonly diffusivity: number
  readonly low: number
  readonly high: number
  readonly initial: Float64Array
}): (x: number, t: number) => number {
  const { diffusivity, low, high, initial } = options
  const m = initial.length - 1
  const re = new Float64Array(2 * m)
  const im = new Float64Array(2 * m)
  for (let i = 1; i < m; i++) {
    re[i] = initial[i]!
    re[2 * m - i] = -initial[i]!
  }
  fft(2 * m).forward(re, im)
  // Xₙ = −i m bₙ for odd real input.
  const b = im.map((v) => -v / m)
  const length = high - low
  return (x, t) => {
    const angle = (Math.PI * (x - low)) / length
    const rate = diffusivity * (Math.PI / length) ** 2 * t
    // sin nθ by the recurrence sin (n+1)θ = 2 cos θ sin nθ − sin (n−1)θ.
    const twice = 2 * Math.cos(angle)
    let before = 0
    let sine = Math.sin(angle)
    let sum = 0
    for (let n = 1; n < m; n++) {
      const decay = rate * n * n
      if (decay > 745) break
      sum += b[n]! * Math.exp(-decay) * sine
      ;[before, sine] = [sine, twice * sine - before]
    }
    return sum
  }
}
