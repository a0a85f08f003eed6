/** Numbers for display. */

/** With `n` significant digits, without an exponent between 10⁻³ and 10⁶. */
export function digits(value: number | null | undefined, n = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(n - 1)
  const decimals = size === 0 ? 0 : Math.max(0, n - 1 - Math.floor(Math.log10(size)))
  return value.toFixed(decimals)
}

export const mib = (bytes: number | null | undefined): string =>
  bytes === null || bytes === undefined ? '–' : digits(bytes / 2 ** 20)

export const gflop = (flops: number): string => digits(flops / 1e9)
