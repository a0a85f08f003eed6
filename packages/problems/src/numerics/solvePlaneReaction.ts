import { etdrk4 } from './etdrk4.js'
import { fft2 } from './fft.js'

/** Options of {@link solvePlaneReaction}. */
export type SolvePlaneReactionOptions = {
  /** D of each field: one field or two. */
  readonly diffusivities: readonly [number] | readonly [number, number]
  /** R at every node, written in the place of the fields. */
  readonly react: (fields: readonly [Float64Array, Float64Array]) => void
  /** The period along each axis. */
  readonly length: number
  /** Fields at the n² nodes (L i/n, L j/n), row-major, n a power of two. */
  readonly initial: readonly Float64Array[]
  /** Time between stored frames. */
  readonly interval: number
  /** Stored frames, the first one at time 0. */
  readonly frames: number
  /** Steps from one frame to the next. */
  readonly steps: number
}

/**
 * u_t = D Δu + R(u) in the plane, periodic, for one or two fields u and v, by {@link etdrk4} for the Fourier
 * coefficients; R is formed at the nodes. Both fields take one transform, that of w = u + iv: ûₖ = (ŵₖ + conj ŵ₋ₖ)/2,
 * v̂ₖ = (ŵₖ − conj ŵ₋ₖ)/2i.
 *
 * Error: O(Δt⁴), and exponentially small in the number of nodes while they resolve the solution.
 *
 * @returns [frames, n, n, fields], row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export function solvePlaneReaction(options: SolvePlaneReactionOptions): Float64Array {
  const { diffusivities, react, length, initial, interval, frames, steps } = options
  const size = initial[0]!.length
  const fields = initial.length
  const n = Math.round(Math.sqrt(size))
  const transform = fft2(n)
  const wave = (i: number): number => (2 * Math.PI * Math.min(i, n - i)) / length
  const opposite = Uint32Array.from({ length: size }, (_, k) => ((n - Math.floor(k / n)) % n) * n + ((n - (k % n)) % n))
  const [wr, wi] = [new Float64Array(size), new Float64Array(size)]
  /** The fields in (wr, wi), from their coefficients. */
  const toNodes = (re: Float64Array, im: Float64Array): void => {
    for (let k = 0; k < size; k++) {
      wr[k] = re[k]! - (fields === 2 ? im[size + k]! : 0)
      wi[k] = im[k]! + (fields === 2 ? re[size + k]! : 0)
    }
    transform.inverse(wr, wi)
    if (fields === 1) wi.fill(0)
  }
  /** The coefficients of the fields in (wr, wi). */
  const toCoefficients = (re: Float64Array, im: Float64Array): void => {
    transform.forward(wr, wi)
    for (let k = 0; k < size; k++) {
      const m = opposite[k]!
      re[k] = (wr[k]! + wr[m]!) / 2
      im[k] = (wi[k]! - wi[m]!) / 2
      if (fields === 1) continue
      re[size + k] = (wi[k]! + wi[m]!) / 2
      im[size + k] = (wr[m]! - wr[k]!) / 2
    }
  }
  const linear = Float64Array.from({ length: fields * size }, (_, c) => {
    const k = c % size
    return -diffusivities[Math.floor(c / size)]! * (wave(Math.floor(k / n)) ** 2 + wave(k % n) ** 2)
  })
  const h = interval / steps
  const step = etdrk4(
    linear,
    (_t, re, im, outR, outI) => {
      toNodes(re, im)
      react([wr, wi])
      toCoefficients(outR, outI)
    },
    h,
  )
  wr.set(initial[0]!)
  if (fields === 2) wi.set(initial[1]!)
  const [re, im] = [new Float64Array(fields * size), new Float64Array(fields * size)]
  toCoefficients(re, im)
  const out = new Float64Array(frames * size * fields)
  for (let f = 0; f < frames; f++) {
    toNodes(re, im)
    for (const [c, field] of [wr, wi].slice(0, fields).entries())
      for (let k = 0; k < size; k++) out[(f * size + k) * fields + c] = field[k]!
    if (f < frames - 1) for (let s = 0; s < steps; s++) step(0, re, im)
  }
  return out
}
