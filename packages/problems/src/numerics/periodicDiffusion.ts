import { fft } from './fft.js'

/**
 * The heat flow e^(tD∂²) of one period, exact for its Fourier modes: u ↦ the solution of u_t = D u_xx after a time.
 *
 * @param options.nodes values in a period, without its right end, a power of two
 * @param options.time the time t of the flow
 * @returns a function that writes the flow of `u` to `out`, which may be `u`
 * @throws INVALID_OPTION if `nodes` is not a power of two
 */
export function periodicDiffusion(options: {
  readonly nodes: number
  readonly length: number
  readonly diffusivity: number
  readonly time: number
}): (u: Float64Array, out: Float64Array) => void {
  const { nodes: n, length, diffusivity, time } = options
  const transform = fft(n)
  const factors = Float64Array.from({ length: n }, (_, k) => {
    const q = (2 * Math.PI * Math.min(k, n - k)) / length
    return Math.exp(-diffusivity * q * q * time)
  })
  const [re, im] = [new Float64Array(n), new Float64Array(n)]
  return (u, out) => {
    re.set(u)
    im.fill(0)
    transform.forward(re, im)
    for (let k = 0; k < n; k++) {
      re[k]! *= factors[k]!
      im[k]! *= factors[k]!
    }
    transform.inverse(re, im)
    out.set(re)
  }
}
