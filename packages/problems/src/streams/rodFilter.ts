import { rod } from './heatedRod.js'
import { INTERVAL, POINTS, advance, diffuse } from './rodModel.js'

/** Deviation of a step of log κ, and of the field, in the model of the filter. */
const [DRIFT, FIELD] = [1e-3, 1e-4]

/** An extended Kalman filter of {@link heatedRod}. */
export interface RodFilter {
  /** Takes the powers of the step to a sample and its readings into account; NaN is no reading. */
  take(powers: readonly number[], readings: Float64Array): void
  /** The field after further steps. */
  forecast(powers: readonly (readonly number[])[]): Float64Array
}

/**
 * The reference for a twin of {@link heatedRod}: an extended Kalman filter with the true model. Its state is the field
 * and log κ, which it knows to wander. It starts from the true κ. A sample takes about 65² · 30 operations.
 */
export function rodFilter(): RodFilter {
  const n = POINTS + 1
  let u: Float64Array = new Float64Array(POINTS)
  let log = Math.log(rod.diffusivity[0])
  let p: Float64Array = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1e-2 : 0))
  /** F M of a row-major [n, n], with F = [[S, g], [0, 1]], g = ∂u/∂ log κ. */
  const propagate = (m: Float64Array, g: Float64Array): Float64Array => {
    const top = m.slice(0, POINTS * n)
    diffuse(top, Math.exp(log), n)
    const out = Float64Array.from(m)
    for (let i = 0; i < POINTS; i++)
      for (let j = 0; j < n; j++) out[i * n + j] = top[i * n + j]! + g[i]! * m[POINTS * n + j]!
    return out
  }
  const transposed = (m: Float64Array): Float64Array => m.map((_, at) => m[(at % n) * n + Math.floor(at / n)]!)
  return {
    take(powers, readings) {
      u = advance(u, powers, Math.exp(log))
      // (I − dt κ ∂²) u = …: ∂u/∂ log κ = (I − dt κ ∂²)⁻¹ dt κ ∂² u
      const g = u.map(
        (v, i) => INTERVAL * Math.exp(log) * (POINTS + 1) ** 2 * ((u[i - 1] ?? 0) - 2 * v + (u[i + 1] ?? 0)),
      )
      diffuse(g, Math.exp(log))
      p = propagate(transposed(propagate(p, g)), g)
      for (let i = 0; i < n; i++) p[i * (n + 1)]! += (i < POINTS ? FIELD : DRIFT) ** 2
      rod.sensors.forEach((at, s) => {
        if (Number.isNaN(readings[s]!)) return
        const column = Float64Array.from({ length: n }, (_, i) => p[i * n + at]!)
        const scale = 1 / (column[at]! + rod.noise ** 2)
        const off = readings[s]! - u[at]!
        for (let i = 0; i < POINTS; i++) u[i]! += column[i]! * scale * off
        log += column[POINTS]! * scale * off
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) p[i * n + j]! -= column[i]! * column[j]! * scale
      })
    },
    forecast: (powers) => powers.reduce((field, now) => advance(field, now, Math.exp(log)), u),
  }
}
