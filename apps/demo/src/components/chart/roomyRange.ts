/**
 * The smallest error that a chart shows. uPlot never ends its search for ticks of smaller ones, such as the 1e-20 of a
 * single point.
 */
const LEAST = 1e-12

/**
 * The range of a logarithmic axis: slightly longer than its curves, instead of out to the next power of ten. Curves without a positive
 * value, such as an error of exactly 0 at a single point, have the range of an empty chart; uPlot gives ∞ and −∞ for them.
 */
export const roomyRange = (low: number | null, high: number | null): [number, number] =>
  low !== null && high !== null && low > 0 && Number.isFinite(high)
    ? [Math.max(LEAST, low) / 1.25, Math.max(LEAST, high) * 1.15]
    : [0.01, 1]
