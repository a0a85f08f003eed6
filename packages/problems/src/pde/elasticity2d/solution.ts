const { sin, PI } = Math

/** The displacements u = sin πx sin πy and v = ½ sin πx sin 2πy at a point [x, y], from which the body forces are made. */
export const elasticity2dSolution = ([x = 0, y = 0]: readonly number[]): [u: number, v: number] => [
  sin(PI * x) * sin(PI * y),
  0.5 * sin(PI * x) * sin(2 * PI * y),
]
