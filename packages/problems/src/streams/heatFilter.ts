import { type HeatedBody, INTERVAL, advance, fieldAt } from './heatedBody.js'

/** Deviation of a step of log κ, and of the field, in the model of the filter. */
const [DRIFT, FIELD] = [1e-3, 1e-4]

/** An extended Kalman filter of a heated body. */
export interface HeatFilter {
  /** Takes the powers of the step to a sample and its readings into account; NaN is no reading. */
  take(powers: readonly number[], readings: Float64Array): void
  /** The field after further steps. */
  forecast(powers: readonly (readonly number[])[]): Float64Array
}

/**
 * The reference for a twin of a heated body: an extended Kalman filter with the true model. Its state is the field, in
 * modes, and log κ, which it knows to wander. It starts from the true κ. A sample takes about
 * points² · (6 + 4 · sensors) operations.
 */
export function heatFilter(body: HeatedBody): HeatFilter {
  const { points, sensors, noise } = body
  const modes = body.modes()
  const n = points + 1
  let a: Float64Array = new Float64Array(points)
  let log = Math.log(body.diffusivity[0])
  const p = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1e-2 : 0))
  /** P ← F P Fᵀ + Q with F = [[S, g], [0, 1]], S = (1 + dt κ λ)⁻¹ and g = ∂a/∂ log κ. */
  const propagate = (): void => {
    const decay = modes.values.map((value) => INTERVAL * Math.exp(log) * value)
    const s = Float64Array.from({ length: n }, (_, k) => (k < points ? 1 / (1 + decay[k]!) : 1))
    // (1 + dt κ λ) a = …: ∂a/∂ log κ = −dt κ λ a ÷ (1 + dt κ λ).
    const g = Float64Array.from({ length: n }, (_, k) => (k < points ? -decay[k]! * s[k]! * a[k]! : 0))
    const cross = Float64Array.from({ length: n }, (_, i) => p[i * n + points]!)
    const last = cross[points]!
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        p[i * n + j] =
          s[i]! * s[j]! * p[i * n + j]! + s[i]! * cross[i]! * g[j]! + g[i]! * s[j]! * cross[j]! + g[i]! * g[j]! * last
    for (let i = 0; i < n; i++) p[i * (n + 1)]! += (i < points ? FIELD : DRIFT) ** 2
  }
  return {
    take(powers, readings) {
      a = advance(modes, a, powers, Math.exp(log))
      propagate()
      sensors.forEach((at, s) => {
        if (Number.isNaN(readings[s]!)) return
        const row = modes.at.subarray(at * points, (at + 1) * points)
        const column = new Float64Array(n)
        for (let i = 0; i < n; i++) for (let k = 0; k < points; k++) column[i]! += p[i * n + k]! * row[k]!
        const dot = (values: Float64Array): number => row.reduce((sum, r, k) => sum + r * values[k]!, 0)
        const scale = 1 / (dot(column) + noise ** 2)
        const off = readings[s]! - dot(a)
        for (let k = 0; k < points; k++) a[k]! += column[k]! * scale * off
        log += column[points]! * scale * off
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) p[i * n + j]! -= column[i]! * column[j]! * scale
      })
    },
    forecast: (powers) =>
      fieldAt(
        modes,
        powers.reduce((now, power) => advance(modes, now, power, Math.exp(log)), a),
      ),
  }
}
