const { PI, exp, sin } = Math

/**
 * The exact solution u = e^(−Dπ²t) sin πx of u_t = D u_xx from sin πx.
 *
 * @param diffusivity D
 * @returns [u] at a point [x, t]
 */
export const heat1dSolution =
  (diffusivity: number) =>
  ([x = 0, t = 0]: readonly number[]): [u: number] => [exp(-diffusivity * PI ** 2 * t) * sin(PI * x)]
