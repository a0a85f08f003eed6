const { PI, sin } = Math

/**
 * The exact solution u = sin a₁πx sin a₂πy of Δu + u = q.
 *
 * @param waves wave numbers a₁ and a₂
 * @returns [u] at a point [x, y]
 */
export function helmholtz2dSolution(waves: readonly number[]): (at: readonly number[]) => [u: number] {
  const [a, b] = waves.map((n) => n * PI) as [number, number]
  return ([x = 0, y = 0]) => [sin(a * x) * sin(b * y)]
}
