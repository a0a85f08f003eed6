/**
 * The largest of the values; −Infinity if there are none, NaN if one is NaN. Unlike Math.max(...values), it accepts any
 * number of values.
 */
export const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), -Infinity)
