import { add, defineFactory, defineOptions, integer, mul, number, sin, sub } from '@spikeward/core'
import type { OptionsOf, PinnProblem } from '@spikeward/core'
import { d } from '../../equations/component.js'
import { dirichlet, initial } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'

/**
 * The exact solution u = e^(−Dπ²t) sin πx of u_t = D u_xx from sin πx.
 *
 * @param diffusivity D
 * @returns [u] at a point [x, t]
 */
const heat1dSolution =
  (diffusivity: number) =>
  ([x = 0, t = 0]: readonly number[]): [u: number] => [
    Math.exp(-diffusivity * Math.PI ** 2 * t) * Math.sin(Math.PI * x),
  ]

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Diffusivity D. Default 0.1. */
  diffusivity: number({ min: 0, above: true, default: 0.1, help: 'diffusivity D' }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link heat1d}. */
export type Heat1dOptions = OptionsOf<typeof options>

const { PI } = Math

/**
 * The heat equation u_t = D u_xx on [0, 1] × [0, 1], u(0, t) = u(1, t) = 0, u(x, 0) = sin πx, with the solution
 * u = e^(−Dπ²t) sin πx. The hard conditions are u = sin πx + x(1 − x) t · (network's output).
 *
 * @throws INVALID_OPTION
 * @example const { physics } = heat1d({ diffusivity: 0.5 })
 */
export const heat1d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'heat1d',
    summary: 'one equation, u_t = D u_xx from sin πx, solved by its residual',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: Heat1dOptions = {}): PinnProblem => {
      const { diffusivity, test, validation } = read(settings)
      return equationProblem({
        name: 'heat-1d',
        axes: { x: [0, 1], t: [0, 1] },
        equation: 'u_t = D u_xx',
        residual: ({ u }) => sub(d(u, { t: 1 }), mul(d(u, { x: 2 }), diffusivity)),
        conditions: [dirichlet({ u: 0 }), initial({ u: ({ x }) => sin(mul(x, PI)) })],
        hard: {
          apply: ({ u }, { x, t }) => ({ u: add(mul(u, mul(mul(x, sub(1, x)), t)), sin(mul(x, PI))) }),
        },
        exact: heat1dSolution(diffusivity),
        points: { train: 20, test, validation },
      })
    },
)
