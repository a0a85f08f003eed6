const { PI, sin } = Math

/**
 * The exact solution u = sin(πx)/k of −k u″ = π² sin πx.
 *
 * @param coefficient k
 * @returns [u] at a point [x]
 */
export const inversePoissonSolution =
  (coefficient: number) =>
  ([x = 0]: readonly number[]): [u: number] => [sin(PI * x) / coefficient]
