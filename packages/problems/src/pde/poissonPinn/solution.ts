/**
 * The exact solution of −u″ = (kπ)² sin kπx with u(±1) = 0:
 *
 *     u(x) = sin kπx
 *
 * @param frequency wave number k, an integer
 * @returns [u] at a point [x]
 */
export const poissonPinnSolution =
  (frequency: number) =>
  ([x = 0]: readonly number[]): [u: number] => [Math.sin(frequency * Math.PI * x)]
