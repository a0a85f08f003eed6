/** The extremes of some functions: their size, and how fast they change. */
export type Span = { readonly size: number; readonly slope: number }

const largest = (values: Float64Array): number => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)

/** The largest change from a sensor to the next. */
function steepest(values: Float64Array): number {
  let most = 0
  for (let i = 1; i < values.length; i++) most = Math.max(most, Math.abs(values[i]! - values[i - 1]!))
  return most
}

/**
 * @param functions each at the same equidistant sensors
 */
export const spanOf = (functions: readonly Float64Array[]): Span => ({
  size: Math.max(...functions.map(largest)),
  slope: Math.max(...functions.map(steepest)),
})

/**
 * How a source differs from all functions of a span, for the user; null if it does not. A network answers well only for what it
 * was trained on.
 */
export function unlike(values: Float64Array, { size, slope }: Span): string | null {
  if (largest(values) === 0) return 'zero, for which a relative error has no meaning'
  if (largest(values) > size) return 'larger than every source it was trained on'
  return steepest(values) > slope ? 'steeper than every source it was trained on' : null
}
