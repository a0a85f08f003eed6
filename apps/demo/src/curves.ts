import type { Progress } from './protocol.js'

/** The progress of one contender: one point per picture. */
export type Curve = {
  readonly step: number[]
  readonly seconds: number[]
  readonly passes: number[]
  readonly error: number[]
  readonly loss: number[]
}

/** The largest number of points in a curve; beyond that, every second point is dropped. */
const MAX_POINTS = 1200

/** An empty curve. */
export const emptyCurve = (): Curve => ({ step: [], seconds: [], passes: [], error: [], loss: [] })

/** Appends a point, or replaces the error of its step, and thins the curve if it has become long. */
export function extend(curve: Curve, { step, seconds, forwardEquivalents, error, loss }: Progress): void {
  if (curve.step.at(-1) === step) {
    if (Number.isFinite(error)) curve.error[curve.error.length - 1] = error
    return
  }
  curve.step.push(step)
  curve.seconds.push(seconds)
  curve.passes.push(forwardEquivalents)
  curve.error.push(error)
  curve.loss.push(loss)
  if (curve.step.length <= MAX_POINTS) return
  for (const values of Object.values(curve)) {
    const rest = values.filter((_, i) => i % 2 === 0 || i === values.length - 1)
    values.splice(0, values.length, ...rest)
  }
}

/** The measure of a curve: the relative L2 error, or the loss of the step. */
export type Measure = 'error' | 'loss'

/** Curves over one common axis, in the form that a chart takes: null where a curve has no point. */
export function aligned(
  curves: readonly Curve[],
  axis: 'seconds' | 'passes' | 'step',
  measure: Measure = 'error',
): (number | null)[][] {
  const all = [...new Set(curves.flatMap((c) => c[axis]))].sort((a, b) => a - b)
  const place = new Map(all.map((x, i) => [x, i]))
  const rows = curves.map((curve) => {
    const row = new Array<number | null>(all.length).fill(null)
    curve[axis].forEach((x, i) => {
      const value = curve[measure][i]!
      row[place.get(x)!] = Number.isFinite(value) ? value : null
    })
    return row
  })
  return [all, ...rows]
}

/**
 * The smallest error that a chart shows. uPlot never ends its search for ticks of smaller ones, such as the 1e-20 of a
 * single point.
 */
const MIN_POSITIVE = 1e-12

/** The largest number of one digit that is not above a positive value: 0.0009 of 0.00098. */
const digitBelow = (value: number): number => {
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return Number(`${digits[0]}e${exponent}`)
}

/**
 * The range of a logarithmic axis: slightly longer than its curves, instead of out to the next power of ten. It begins
 * at a tick, because uPlot counts ticks from there and never ends if the next one passes a power of ten, as 0.00098 +
 * 0.0001 does. Curves without a positive value, such as an error of exactly 0 at a single point, have the range of an
 * empty chart; uPlot gives ∞ and −∞ for them.
 */
export const roomyRange = (low: number | null, high: number | null): [number, number] =>
  low !== null && high !== null && low > 0 && Number.isFinite(high)
    ? [digitBelow(Math.max(MIN_POSITIVE, low) / 1.1), Math.max(MIN_POSITIVE, high) * 1.15]
    : [0.01, 1]

/** Dash patterns of the four contenders' lines, so that they are not distinguished by colour alone. */
export const dashes: readonly (readonly number[])[] = [[], [9, 4], [3, 3], [9, 3, 2, 3]]
