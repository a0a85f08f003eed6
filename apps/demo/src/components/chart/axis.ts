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
