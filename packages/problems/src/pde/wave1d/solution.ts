const { PI, cos, sin } = Math

/**
 * The exact solution u = sin πx cos cπt of u_tt = c² u_xx from sin πx at rest.
 *
 * @param speed c
 * @returns [u] at a point [x, t]
 */
export const wave1dSolution =
  (speed: number) =>
  ([x = 0, t = 0]: readonly number[]): [u: number] => [sin(PI * x) * cos(speed * PI * t)]
