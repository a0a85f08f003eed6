/** The right-hand side of y' = f(t, y), written to `out`. */
export type Rate = (t: number, y: Float64Array, out: Float64Array) => void

/**
 * The classical Runge–Kutta method of order 4 with a fixed step, in place: y goes from `from` to `to` in `steps` steps.
 */
export function rungeKutta4(rate: Rate, y: Float64Array, from: number, to: number, steps: number): void {
  const n = y.length
  const dt = (to - from) / steps
  const [k, at, sum] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  for (let s = 0; s < steps; s++) {
    const t = from + s * dt
    rate(t, y, k)
    for (let i = 0; i < n; i++) {
      sum[i] = k[i]!
      at[i] = y[i]! + (dt / 2) * k[i]!
    }
    rate(t + dt / 2, at, k)
    for (let i = 0; i < n; i++) {
      sum[i]! += 2 * k[i]!
      at[i] = y[i]! + (dt / 2) * k[i]!
    }
    rate(t + dt / 2, at, k)
    for (let i = 0; i < n; i++) {
      sum[i]! += 2 * k[i]!
      at[i] = y[i]! + dt * k[i]!
    }
    rate(t + dt, at, k)
    for (let i = 0; i < n; i++) y[i]! += (dt / 6) * (sum[i]! + k[i]!)
  }
}
