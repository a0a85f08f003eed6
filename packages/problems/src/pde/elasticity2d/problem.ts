import { cos, defineFactory, defineOptions, integer, mul, number, sin } from '@spikeward/core'
import type { OptionsOf, PinnProblem, Tensor } from '@spikeward/core'
import { byDistance } from '../../equations/byDistance.js'
import { d, sum } from '../../equations/component.js'
import { dirichlet } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'
import { box } from '../../shapes/box.js'

/**
 * The displacements u = sin πx sin πy and v = ½ sin πx sin 2πy at a point [x, y], from which the body forces are made.
 */
const elasticity2dSolution = ([x = 0, y = 0]: readonly number[]): [u: number, v: number] => [
  Math.sin(Math.PI * x) * Math.sin(Math.PI * y),
  0.5 * Math.sin(Math.PI * x) * Math.sin(2 * Math.PI * y),
]

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Poisson's ratio ν. Default 0.3. */
  ratio: number({ min: 0, max: 0.499, default: 0.3, help: "Poisson's ratio ν" }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link elasticity2d}. */
export type Elasticity2dOptions = OptionsOf<typeof options>

const { PI } = Math

/**
 * Linear elasticity in plane stress: a plate with body forces, clamped at its border, with Young's modulus 1,
 *
 *     c (u_xx + ν v_xy) + s (u_yy + v_xy) + f = 0,   c (v_yy + ν u_xy) + s (u_xy + v_xx) + g = 0   on [0, 1]²
 *     c = 1/(1 − ν²),   s = 1/(2(1 + ν)),   u = v = 0 on the border
 *
 * f and g are those of u = sin πx sin πy, v = ½ sin πx sin 2πy. Residuals are scaled by 1/π². The hard conditions
 * multiply the network's output by a distance function.
 *
 * @throws INVALID_OPTION
 * @example const { physics } = elasticity2d()
 */
export const elasticity2d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'elasticity2d',
    summary: 'a system, plane-stress elasticity of a clamped plate: displacements u and v, solved by its residuals',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: Elasticity2dOptions = {}): PinnProblem => {
      const { ratio, test, validation } = read(settings)
      const [stretch, shear] = [1 / (1 - ratio ** 2), 1 / (2 * (1 + ratio))]
      const scaled = (t: Tensor, by: number): Tensor => mul(t, by / PI ** 2)
      return equationProblem({
        name: 'elasticity-2d',
        axes: { x: [0, 1], y: [0, 1] },
        unknowns: ['u', 'v'],
        equation: 'div sigma(u, v) + f = 0, sigma of plane stress',
        residual({ u, v }, { x, y }) {
          const [sx, cx] = [sin(mul(x, PI)), cos(mul(x, PI))]
          const [s1, c1, s2, c2] = [sin(mul(y, PI)), cos(mul(y, PI)), sin(mul(y, 2 * PI)), cos(mul(y, 2 * PI))]
          const mixed = stretch * ratio + shear
          return [
            sum([
              scaled(d(u, { x: 2 }), stretch),
              scaled(d(u, { y: 2 }), shear),
              scaled(d(v, { x: 1, y: 1 }), mixed),
              mul(mul(sx, s1), stretch + shear),
              mul(mul(cx, c2), -mixed),
            ]),
            sum([
              scaled(d(v, { y: 2 }), stretch),
              scaled(d(v, { x: 2 }), shear),
              scaled(d(u, { x: 1, y: 1 }), mixed),
              mul(mul(sx, s2), (4 * stretch + shear) / 2),
              mul(mul(cx, c1), -mixed),
            ]),
          ]
        },
        conditions: [dirichlet({ u: 0, v: 0 })],
        hard: byDistance(
          box([
            [0, 1],
            [0, 1],
          ]),
          { u: 0, v: 0 },
        ),
        exact: elasticity2dSolution,
        points: { train: 20, test, validation },
      })
    },
)
