/** A number with a fixed count of decimals and a true minus; what rounds to zero has no sign. */
export const decimal = (value: number, digits = 2): string =>
  value
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, '')
    .replace('-', '−')
