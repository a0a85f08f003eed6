import { etdrk4 } from '../../numerics/etdrk4.js'
import { squareAdvection } from '../../numerics/squareAdvection.js'

/** Options of {@link solveKuramotoSivashinsky}. */
export type SolveKuramotoSivashinskyOptions = {
  /** L, the period. */
  readonly length: number
  /** u at the n nodes L i/n, n a power of two. */
  readonly initial: Float64Array
  /** Time between stored frames. */
  readonly interval: number
  /** Stored frames, the first one at time 0. */
  readonly frames: number
  /** Steps from one frame to the next. */
  readonly steps: number
  /** f at the nodes at a time. Default 0. */
  readonly source?: (t: number) => Float64Array
}

/**
 * u_t + u u_x + u_xx + u_xxxx = f, periodic, for the Fourier coefficients,
 *
 *     ûₖ' = (qₖ² − qₖ⁴) ûₖ − (i qₖ/2) (u²)^ₖ + f̂ₖ,   qₖ = 2πk/L
 *
 * by {@link etdrk4}. u² is formed at the nodes, without its upper third of wave numbers (dealiasing). Error: O(Δt⁴),
 * and exponentially small in the number of nodes while they resolve the solution.
 *
 * @returns u on the grid [frames, n], row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export function solveKuramotoSivashinsky(options: SolveKuramotoSivashinskyOptions): Float64Array {
  const { length, initial, interval, frames, steps, source } = options
  const n = initial.length
  const { q, transform, advect } = squareAdvection(n, length)
  const [wr, wi] = [new Float64Array(n), new Float64Array(n)]
  const h = interval / steps
  const step = etdrk4(
    q.map((v) => v ** 2 - v ** 4),
    (t, re, im, outR, outI) => {
      advect(re, im, outR, outI)
      if (source === undefined) return
      wr.set(source(t))
      wi.fill(0)
      transform.forward(wr, wi)
      for (let k = 0; k < n; k++) {
        outR[k]! += wr[k]!
        outI[k]! += wi[k]!
      }
    },
    h,
  )
  const [re, im] = [initial.slice(), new Float64Array(n)]
  transform.forward(re, im)
  const out = new Float64Array(frames * n)
  for (let f = 0; f < frames; f++) {
    wr.set(re)
    wi.set(im)
    transform.inverse(wr, wi)
    out.set(wr, f * n)
    // The term u u_x does not see an imaginary part, so that one of rounding errors would grow without end.
    re.set(wr)
    im.fill(0)
    transform.forward(re, im)
    if (f < frames - 1) for (let s = 0; s < steps; s++) step((f * steps + s) * h, re, im)
  }
  return out
}
