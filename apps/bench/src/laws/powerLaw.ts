/** A power law y = a x^b. */
export type PowerLaw = {
  readonly a: number
  readonly b: number
  /** The share of the variance of ln y that the law explains. */
  readonly r2: number
}

/**
 * Fits y = a x^b by least squares of the logarithms; null for fewer than three points, which any law would fit.
 *
 * @param points x and y above 0
 */
export function powerLaw(points: readonly { readonly x: number; readonly y: number }[]): PowerLaw | null {
  if (new Set(points.map((p) => p.x)).size < 3) return null
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const)
  const mean = (of: (p: readonly [number, number]) => number): number =>
    logs.reduce((s, p) => s + of(p), 0) / logs.length
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)]
  const b = mean(([x, y]) => (x - mx) * (y - my)) / mean(([x]) => (x - mx) ** 2)
  const spread = mean(([, y]) => (y - my) ** 2)
  const left = mean(([x, y]) => (y - my - b * (x - mx)) ** 2)
  return { a: Math.exp(my - b * mx), b, r2: spread === 0 ? 1 : 1 - left / spread }
}
