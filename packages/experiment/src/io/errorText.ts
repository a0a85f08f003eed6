/** An error for people: four decimals, or three digits and a power of ten where four decimals would show little. */
export const errorText = (error: number): string =>
  error !== 0 && Math.abs(error) < 1e-3 ? error.toExponential(2) : error.toFixed(4)
