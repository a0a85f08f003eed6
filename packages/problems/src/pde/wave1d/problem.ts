import { add, defineFactory, defineOptions, integer, mul, number, sin, sub } from '@spikeward/core'
import type { OptionsOf, PinnProblem } from '@spikeward/core'
import { d } from '../../equations/component.js'
import { dirichlet, initial } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'

/**
 * The exact solution u = sin πx cos cπt of u_tt = c² u_xx from sin πx at rest.
 *
 * @param speed c
 * @returns [u] at a point [x, t]
 */
const wave1dSolution =
  (speed: number) =>
  ([x = 0, t = 0]: readonly number[]): [u: number] => [Math.sin(Math.PI * x) * Math.cos(speed * Math.PI * t)]

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Speed c. Default 1. */
  speed: number({ min: 0, above: true, default: 1, help: 'speed c' }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link wave1d}. */
export type Wave1dOptions = OptionsOf<typeof options>

const { PI } = Math

/**
 * The wave equation u_tt = c² u_xx on [0, 1] × [0, 1], u(0, t) = u(1, t) = 0, u(x, 0) = sin πx, u_t(x, 0) = 0, with the
 * solution u = sin πx cos cπt. The hard conditions are u = sin πx + x(1 − x) t² · (network's output).
 *
 * @throws INVALID_OPTION
 * @example const { physics } = wave1d({ speed: 2 })
 */
export const wave1d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'wave1d',
    summary: 'one equation of second order in time, u_tt = c² u_xx from sin πx at rest, solved by its residual',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: Wave1dOptions = {}): PinnProblem => {
      const { speed, test, validation } = read(settings)
      const [initialState, ends] = [initial({ u: ({ x }) => sin(mul(x, PI)) }, { u: 0 }), dirichlet({ u: 0 })]
      return equationProblem({
        name: 'wave-1d',
        axes: { x: [0, 1], t: [0, 1] },
        equation: 'u_tt = c^2 u_xx',
        residual: ({ u }) => sub(d(u, { t: 2 }), mul(d(u, { x: 2 }), speed ** 2)),
        conditions: [ends, initialState],
        hard: {
          apply: ({ u }, { x, t }) => ({ u: add(mul(u, mul(mul(x, sub(1, x)), mul(t, t))), sin(mul(x, PI))) }),
          satisfies: ['u = 0 on x = 0', 'u = 0 on x = 1', 'u = g at t = 0', 'du/dt = 0 at t = 0'],
        },
        exact: wave1dSolution(speed),
        points: { train: 20, test, validation },
      })
    },
)
