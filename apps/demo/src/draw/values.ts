/** One of several values at each point, which are stored one after another. */
export const componentOf = (values: Float32Array, outputs: number, component: number): Float32Array =>
  outputs === 1 ? values : values.filter((_, i) => i % outputs === component)

/** The smallest and the largest of values, without gaps: NaN, outside of a domain. */
export function extent(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity]
  for (const v of values) {
    if (v < low) low = v
    if (v > high) high = v
  }
  return low <= high ? [low, high] : [0, 0]
}

/** A number with a fixed count of decimals and a true minus; what rounds to zero has no sign. */
export const decimal = (value: number, digits = 2): string =>
  value
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, '')
    .replace('-', '−')
