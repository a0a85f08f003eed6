/** Solves Ax = b for a symmetric positive definite A, to a relative residual of 1e-10. */
export function conjugateGradients(apply: (x: Float64Array, y: Float64Array) => void, b: Float64Array): Float64Array {
  const x = new Float64Array(b.length)
  const r = b.slice()
  const p = b.slice()
  const ap = new Float64Array(b.length)
  const dot = (v: Float64Array, w: Float64Array): number => {
    let sum = 0
    for (let i = 0; i < v.length; i++) sum += v[i]! * w[i]!
    return sum
  }
  let rr = dot(r, r)
  const goal = 1e-20 * rr
  for (let step = 0; rr > goal && step < 20 * Math.sqrt(b.length); step++) {
    apply(p, ap)
    const alpha = rr / dot(p, ap)
    for (let i = 0; i < x.length; i++) {
      x[i]! += alpha * p[i]!
      r[i]! -= alpha * ap[i]!
    }
    const next = dot(r, r)
    for (let i = 0; i < p.length; i++) p[i] = r[i]! + (next / rr) * p[i]!
    rr = next
  }
  return x
}
