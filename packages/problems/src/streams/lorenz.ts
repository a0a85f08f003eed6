import { type Rate, rungeKutta4 } from '../numerics/rungeKutta4.js'

/** Options of {@link lorenzSeries}. */
export interface LorenzSeriesOptions {
  /** Time between two rows. Default 0.02; errors grow by e in 1/0.9056, or 55 rows. */
  readonly interval?: number
  /** The parameter ρ at a row. Default 28. */
  readonly rho?: (row: number) => number
  /** The state before the first 500 rows, which are left out. Default [1, 1, 20]. */
  readonly start?: readonly [x: number, y: number, z: number]
}

const TRANSIENT = 500

/**
 * The Lorenz system x′ = 10 (y − x), y′ = x (ρ − z) − y, z′ = x y − 8/3 z, by the Runge–Kutta method of order 4 in four
 * steps a row.
 *
 * @returns [rows, 3], row-major
 * @see Lorenz 1963, 10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2; the Lyapunov exponent, Viswanath 1998
 * @example
 * const rows = lorenzSeries(1000) // 18 Lyapunov times
 */
export function lorenzSeries(
  rows: number,
  { interval = 0.02, rho = () => 28, start = [1, 1, 20] }: LorenzSeriesOptions = {},
): Float64Array {
  const now = Float64Array.from(start)
  const series = new Float64Array(3 * rows)
  for (let row = -TRANSIENT; row < rows; row++) {
    const r = rho(Math.max(row, 0))
    const rate: Rate = (_, [x = 0, y = 0, z = 0], out) => out.set([10 * (y - x), x * (r - z) - y, x * y - (8 / 3) * z])
    rungeKutta4(rate, now, 0, interval, 4)
    if (row >= 0) series.set(now, 3 * row)
  }
  return series
}
