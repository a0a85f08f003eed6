/**
 * The exact solution of −u″ = (kπ)² sin kπx with u(±1) = 0:
 *
 *     u(x) = sin kπx
 *
 * @param frequency wave number k, an integer
 */
export const sineSolution =
  (frequency: number) =>
  (x: number): number =>
    Math.sin(frequency * Math.PI * x)
