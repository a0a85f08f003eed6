import { add, cos, defineFactory, defineOptions, exp, integer, mul, number, sin, sub } from '@spikeward/core'
import type { OptionsOf, PinnProblem } from '@spikeward/core'
import { d, divergence, gradient, laplacian } from '../../equations/component.js'
import { dirichlet } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'

/**
 * Kovasznay's exact solution, with λ = Re/2 − √(Re²/4 + 4π²):
 *
 *     u = 1 − e^λx cos 2πy,   v = (λ/2π) e^λx sin 2πy,   p = (1 − e^2λx)/2
 *
 * @param rate λ, from {@link rateOf}
 * @returns [u, v, p] at a point
 */
const kovasznaySolution =
  (rate: number) =>
  ([x = 0, y = 0]: readonly number[]): [u: number, v: number, p: number] => {
    const e = Math.exp(rate * x)
    const turn = 2 * Math.PI
    return [1 - e * Math.cos(turn * y), (rate / turn) * e * Math.sin(turn * y), (1 - e * e) / 2]
  }

/** λ for a Reynolds number. */
export const rateOf = (reynolds: number): number => reynolds / 2 - Math.sqrt(reynolds ** 2 / 4 + 4 * Math.PI ** 2)

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Reynolds number. Default 20. */
  reynolds: number({ min: 1, default: 20, help: 'Reynolds number' }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link kovasznay}. */
export type KovasznayOptions = OptionsOf<typeof options>

const { PI } = Math

/**
 * Steady flow behind a grid (Kovasznay 1948): the incompressible Navier–Stokes equations with an exact solution,
 *
 *     (u, v)·∇(u, v) = −∇p + Δ(u, v)/Re,   ∇·(u, v) = 0   on [−0.5, 1] × [−0.5, 1.5]
 *     u = 1 − e^λx cos 2πy,   v = (λ/2π) e^λx sin 2πy,   p = (1 − e^2λx)/2,   λ = Re/2 − √(Re²/4 + 4π²)
 *
 * The boundary conditions give all three.
 *
 * @throws INVALID_OPTION
 * @example const { physics } = kovasznay({ reynolds: 20 })
 */
export const kovasznay = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'kovasznay',
    summary: 'a system, steady Navier–Stokes flow of Kovasznay: u, v and p, solved by its residuals',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: KovasznayOptions = {}): PinnProblem => {
      const { reynolds, test, validation } = read(settings)
      const rate = rateOf(reynolds)
      return equationProblem({
        name: 'kovasznay',
        axes: { x: [-0.5, 1], y: [-0.5, 1.5] },
        unknowns: ['u', 'v', 'p'],
        equation: '(u, v).grad (u, v) = -grad p + laplace (u, v) / Re, div (u, v) = 0',
        residual({ u, v, p }) {
          const [px, py] = gradient(p)
          const momentum = (w: typeof u, slope: typeof px) =>
            sub(
              add(add(mul(u.value, d(w, { x: 1 })), mul(v.value, d(w, { y: 1 }))), slope!),
              mul(laplacian(w), 1 / reynolds),
            )
          return [momentum(u, px), momentum(v, py), divergence([u, v])]
        },
        conditions: [
          dirichlet({
            u: ({ x, y }) => sub(1, mul(exp(mul(x, rate)), cos(mul(y, 2 * PI)))),
            v: ({ x, y }) => mul(mul(exp(mul(x, rate)), sin(mul(y, 2 * PI))), rate / (2 * PI)),
            p: ({ x }) => mul(sub(1, exp(mul(x, 2 * rate))), 0.5),
          }),
        ],
        exact: kovasznaySolution(rate),
        points: { train: 20, test, validation },
      })
    },
)
