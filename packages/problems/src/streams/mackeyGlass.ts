import { SpikewardError } from '@spikeward/core'

/** Points in a Lyapunov time. */
const POINTS = 75
const [TAU, LYAPUNOV, PAST] = [17, 197, 0.7206597] as const

/** Options of {@link mackeyGlass}. */
export interface MackeyGlassOptions {
  /** Steps of the solver in a delay of 17. Default 170. */
  readonly steps?: number
  /** The constant past. Default 0.7206597. */
  readonly past?: number
  /** The delay at a point of the series, at least one step of the solver. Default 17. */
  readonly delay?: (point: number) => number
}

/** A delay in steps, without the rounding error of one that they divide. */
function stepsOf(delay: number, step: number): number {
  const [steps, whole] = [delay / step, Math.round(delay / step)]
  if (whole >= 1 && Math.abs(steps - whole) < 1e-9 * whole) return whole
  if (steps > 1) return steps
  throw new SpikewardError(
    'INVALID_OPTION',
    `mackeyGlass: a delay of ${delay}, and steps of ${step}; the solver reads values that it has: give a delay of at least a step, or more steps`,
  )
}

/**
 * The Mackey–Glass series x' = 0.2 x(t − 17) / (1 + x(t − 17)¹⁰) − 0.1 x from the constant past 0.7206597, at 75 points
 * for each Lyapunov time: the equation and the sampling of NeuroBench. Its file was made by another solver, so that
 * values differ after about 30 Lyapunov times, in which rounding errors grow to the size of the series.
 *
 * Classical Runge–Kutta of order 4, with a step that divides the delay of 17, so that the kinks of the solution lie
 * between steps; values between steps by cubic Hermite interpolation. With a delay that it does not divide, errors are
 * about 1e-4.
 *
 * @param points of the series, the first of them the constant past
 * @throws INVALID_OPTION for a delay of less than a step
 * @example
 * const series = mackeyGlass(750) // ten Lyapunov times
 */
export function mackeyGlass(
  points: number,
  { steps = 170, past = PAST, delay = () => TAU }: MackeyGlassOptions = {},
): Float64Array {
  const h = TAU / steps
  const count = Math.ceil(((points - 1) * LYAPUNOV) / POINTS / h) + 1
  const [x, slope] = [new Float64Array(count + 1), new Float64Array(count + 1)]
  const rate = (now: number, delayed: number): number => (0.2 * delayed) / (1 + delayed ** 10) - 0.1 * now
  /** The value at a time, in steps. */
  const at = (t: number): number => {
    if (t <= 0) return past
    const i = Math.floor(t)
    const s = t - i
    const r = 1 - s
    return (
      x[i]! * (1 + 2 * s) * r * r +
      h * slope[i]! * s * r * r +
      x[i + 1]! * s * s * (3 - 2 * s) -
      h * slope[i + 1]! * s * s * r
    )
  }
  x[0] = past
  slope[0] = rate(past, past)
  for (let i = 0; i < count; i++) {
    const back = stepsOf(delay((i * h * POINTS) / LYAPUNOV), h)
    const [first, middle, last] = [0, 0.5, 1].map((c) => at(i + c - back)) as [number, number, number]
    const k1 = rate(x[i]!, first)
    const k2 = rate(x[i]! + (h / 2) * k1, middle)
    const k3 = rate(x[i]! + (h / 2) * k2, middle)
    const k4 = rate(x[i]! + h * k3, last)
    x[i + 1] = x[i]! + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4)
    slope[i + 1] = rate(x[i + 1]!, last)
  }
  return Float64Array.from({ length: points }, (_, i) => at((i * LYAPUNOV) / POINTS / h))
}
