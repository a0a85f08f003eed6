const { cos, exp, sin } = Math

/**
 * The exact solution of the Navier–Stokes equations of Taylor and Green:
 *
 *     u = −cos x sin y e^−2νt,   v = sin x cos y e^−2νt,   p = −(cos 2x + cos 2y) e^−4νt / 4
 *
 * @param viscosity ν
 * @returns [u, v, p] at a point [x, y, t]
 */
export const taylorGreenSolution =
  (viscosity: number) =>
  ([x = 0, y = 0, t = 0]: readonly number[]): [u: number, v: number, p: number] => {
    const fade = exp(-2 * viscosity * t)
    const pressure = -(cos(2 * x) + cos(2 * y)) / 4
    return [-cos(x) * sin(y) * fade, sin(x) * cos(y) * fade, pressure * fade * fade]
  }
