import { add, cos, defineFactory, defineOptions, exp, integer, mul, neg, number, sin, sub } from '@spikeward/core'
import type { OptionsOf, PinnProblem } from '@spikeward/core'
import { d, divergence, gradient, laplacian } from '../../equations/component.js'
import { dirichlet, initial } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'
import type { At } from '../../equations/conditions/place.js'

/**
 * The exact solution of the Navier–Stokes equations of Taylor and Green:
 *
 *     u = −cos x sin y e^−2νt,   v = sin x cos y e^−2νt,   p = −(cos 2x + cos 2y) e^−4νt / 4
 *
 * @param viscosity ν
 * @returns [u, v, p] at a point [x, y, t]
 */
const taylorGreenSolution =
  (viscosity: number) =>
  ([x = 0, y = 0, t = 0]: readonly number[]): [u: number, v: number, p: number] => {
    const fade = Math.exp(-2 * viscosity * t)
    const pressure = -(Math.cos(2 * x) + Math.cos(2 * y)) / 4
    return [-Math.cos(x) * Math.sin(y) * fade, Math.sin(x) * Math.cos(y) * fade, pressure * fade * fade]
  }

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Viscosity ν. Default 1. */
  viscosity: number({ min: 0, above: true, default: 1, help: 'viscosity ν' }),
  /** Test points along each axis. Default 20. */
  test: integer({ min: 1, default: 20, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link taylorGreen}. */
export type TaylorGreenOptions = OptionsOf<typeof options>

/**
 * Vortices that decay (Taylor & Green 1937): the incompressible Navier–Stokes equations in time, with an exact
 * solution,
 *
 *     (u, v)_t + (u, v)·∇(u, v) = −∇p + νΔ(u, v),   ∇·(u, v) = 0   on [−1, 1]² × [0, 1]
 *     u = −cos x sin y e^−2νt,   v = sin x cos y e^−2νt,   p = −(cos 2x + cos 2y) e^−4νt / 4
 *
 * The boundary conditions give all three, the initial values u and v.
 *
 * @throws INVALID_OPTION
 * @see Wan, Karniadakis & Stinis, arXiv 2511.06614, who solve it with ν = 1
 * @example const { physics } = taylorGreen({ viscosity: 0.1 })
 */
export const taylorGreen = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'taylorGreen',
    summary:
      'a system, Navier–Stokes in time, vortices of Taylor and Green that decay: u, v and p, solved by its residuals',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: TaylorGreenOptions = {}): PinnProblem => {
      const { viscosity, test, validation } = read(settings)
      const fading = ({ t }: At, rate: number) => exp(mul(t, -rate * viscosity))
      const u = (at: At) => neg(mul(mul(cos(at.x), sin(at.y)), fading(at, 2)))
      const v = (at: At) => mul(mul(sin(at.x), cos(at.y)), fading(at, 2))
      const p = (at: At) => mul(mul(add(cos(mul(at.x, 2)), cos(mul(at.y, 2))), fading(at, 4)), -0.25)
      return equationProblem({
        name: 'taylor-green',
        axes: { x: [-1, 1], y: [-1, 1], t: [0, 1] },
        unknowns: ['u', 'v', 'p'],
        equation: '(u, v)_t + (u, v).grad (u, v) = -grad p + nu laplace (u, v), div (u, v) = 0',
        residual(flow) {
          const [px, py] = gradient(flow.p)
          const momentum = (w: typeof flow.u, slope: typeof px) => {
            const carried = add(mul(flow.u.value, d(w, { x: 1 })), mul(flow.v.value, d(w, { y: 1 })))
            return sub(add(add(d(w, { t: 1 }), carried), slope!), mul(laplacian(w), viscosity))
          }
          return [momentum(flow.u, px), momentum(flow.v, py), divergence([flow.u, flow.v])]
        },
        conditions: [dirichlet({ u, v, p }), initial({ u, v })],
        exact: taylorGreenSolution(viscosity),
        points: { train: 8, test, validation },
      })
    },
)
