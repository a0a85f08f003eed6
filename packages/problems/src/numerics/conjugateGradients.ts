import { SpikewardError } from '@spikeward/core'

/** The relative residual that a solution has. */
const TOLERANCE = 1e-10

/**
 * Solves Ax = b for a symmetric positive definite A, to a relative residual of 1e-10.
 *
 * @param apply writes Ax into y
 * @param precondition writes M⁻¹r into z, M symmetric and near A: the nearer, the fewer iterations. Default: none
 * @throws SOLVER_DIVERGED if 20√n iterations do not reach that residual, or if it is not finite
 */
export function conjugateGradients(
  apply: (x: Float64Array, y: Float64Array) => void,
  b: Float64Array,
  precondition?: (r: Float64Array, z: Float64Array) => void,
): Float64Array {
  const x = new Float64Array(b.length)
  const r = b.slice()
  const z = precondition === undefined ? r : new Float64Array(b.length)
  precondition?.(r, z)
  const p = z.slice()
  const ap = new Float64Array(b.length)
  const dot = (v: Float64Array, w: Float64Array): number => {
    let sum = 0
    for (let i = 0; i < v.length; i++) sum += v[i]! * w[i]!
    return sum
  }
  let [rr, rz] = [dot(r, r), dot(r, z)]
  const first = rr
  const goal = TOLERANCE ** 2 * first
  const limit = Math.ceil(20 * Math.sqrt(b.length))
  let step = 0
  for (; rr > goal && step < limit; step++) {
    apply(p, ap)
    const alpha = rz / dot(p, ap)
    for (let i = 0; i < x.length; i++) {
      x[i]! += alpha * p[i]!
      r[i]! -= alpha * ap[i]!
    }
    precondition?.(r, z)
    const next = dot(r, z)
    for (let i = 0; i < p.length; i++) p[i] = z[i]! + (next / rz) * p[i]!
    rz = next
    rr = precondition === undefined ? next : dot(r, r)
  }
  if (!(rr <= goal)) {
    throw new SpikewardError(
      'SOLVER_DIVERGED',
      `conjugate gradients: relative residual ${Math.sqrt(rr / first).toExponential(1)} after ${step} of ${limit} iterations, not ${TOLERANCE}; give coefficients that vary less, or a coarser solver grid`,
    )
  }
  return x
}
