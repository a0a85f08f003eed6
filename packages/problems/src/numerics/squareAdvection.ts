import { fft } from './fft.js'

/** The term −u u_x of a periodic function, for its Fourier coefficients. */
export type SquareAdvection = {
  /** Wave numbers qₖ = 2πk/L. */
  readonly q: Float64Array
  readonly transform: ReturnType<typeof fft>
  /** Writes −(i q/2) (u²)^ for the coefficients (re, im) to (outR, outI). */
  advect(re: Float64Array, im: Float64Array, outR: Float64Array, outI: Float64Array): void
}

/**
 * −u u_x = −(u²)_x/2 on n nodes of a period L. u² is formed at the nodes, without its upper third of wave numbers
 * (dealiasing).
 *
 * @throws INVALID_OPTION if n is not a power of two
 */
export function squareAdvection(n: number, length: number): SquareAdvection {
  const transform = fft(n)
  const q = Float64Array.from({ length: n }, (_, k) => (2 * Math.PI * (k <= n / 2 ? k : k - n)) / length)
  const mask = Float64Array.from({ length: n }, (_, k) => (Math.min(k, n - k) < n / 3 ? 1 : 0))
  const [wr, wi] = [new Float64Array(n), new Float64Array(n)]
  return {
    q,
    transform,
    advect(re, im, outR, outI) {
      wr.set(re)
      wi.set(im)
      transform.inverse(wr, wi)
      for (let i = 0; i < n; i++) wr[i]! *= wr[i]!
      wi.fill(0)
      transform.forward(wr, wi)
      for (let k = 0; k < n; k++) {
        const factor = (mask[k]! * q[k]!) / 2
        outR[k] = factor * wi[k]!
        outI[k] = -factor * wr[k]!
      }
    },
  }
}
