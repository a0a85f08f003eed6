import { SpikewardError, add, defineFactory, defineOptions, integer, mul, number, sqrt, sub } from '@spikeward/core'
import type { OptionsOf, PinnProblem } from '@spikeward/core'
import { d } from '../../equations/component.js'
import { pointValues } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'
import { pseudoNormals, sequence } from '../../shapes/points/sequences.js'
import { coleHopfBurgers } from '../../numerics/coleHopfBurgers.js'

/**
 * The solution that is measured: that of u_t + u u_x = λ₂ u_xx, u(x, 0) = −sin πx, u(±1, t) = 0, by
 * {@link coleHopfBurgers}.
 *
 * @param viscosity λ₂
 * @returns [u] at a point [x, t]
 */
function inverseBurgersSolution(viscosity: number): (at: readonly number[]) => [u: number] {
  const u = coleHopfBurgers(viscosity)
  return ([x = 0, t = 0]) => [u(x, t)]
}

/** The default of `continuation`. */
const CONTINUATION = 200

const options = /* @__PURE__ */ defineOptions(() => ({
  /** True viscosity λ₂. Default 0.01/π. The true λ₁ is 1. */
  viscosity: number({ min: 1e-3, default: 0.01 / Math.PI, help: 'true viscosity λ₂; the true λ₁ is 1' }),
  /** Measurements, scattered over the domain. Default 2000. */
  measurements: integer({ min: 1, default: 2000, help: 'measurements, scattered over the domain' }),
  /** Deviation of their errors, relative to that of u. Default 0. */
  noise: number({ min: 0, default: 0, help: 'deviation of the errors, relative to that of u' }),
  /** Key of the errors and of the points. Default 0. */
  key: integer({ min: 0, max: 0xffff_ffff, default: 0, help: 'key of the points and of their errors' }),
  /**
   * Factor of the squared residuals of the equation beside those of the measurements. Few measurements lie in the
   * shock, and residuals there are large. Default 1.
   */
  equationWeight: number({ min: 0, above: true, default: 1, help: 'factor of the squared residuals of the equation' }),
  /**
   * That factor at the start of training, from which it goes to `equationWeight` by equal ratios over `continuation`
   * steps: the network first follows the measurements, and the equation binds it later. Default: `equationWeight`.
   */
  startEquationWeight: number({
    min: 0,
    above: true,
    computed: 'equationWeight',
    help: 'factor of the squared residuals of the equation at the start of training',
  }),
  /** Steps until the factor is `equationWeight`; refused where it does not change. Default 200. */
  continuation: integer({ min: 1, default: CONTINUATION, help: 'steps until that factor has its own value' }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 500. */
  validation: integer({ min: 1, default: 500, help: 'scattered validation points' }),
}))

/** Options of {@link inverseBurgers}. */
export type InverseBurgersOptions = OptionsOf<typeof options>

const { PI } = Math

/** The unit of the viscosity: its coefficient is λ₂ in units of this. */
const UNIT = 0.01 / PI

/**
 * An inverse problem: both coefficients of the Burgers equation from scattered values of its solution,
 *
 *     u_t + λ₁ u u_x = λ₂ u_xx on [−1, 1] × [0, 1],   u measured at 2000 points;   λ₁ = 1, λ₂ = 0.01/π
 *
 * The coefficients are `convection` = λ₁, first 0.5, and `viscosity` = 100π λ₂, first 2: in units of the usual
 * viscosity, so that both are of size 1. No initial or boundary condition is given. Reference: the Cole–Hopf transform.
 *
 * @throws INVALID_OPTION
 * @see Raissi, Perdikaris & Karniadakis, J. Comput. Phys. 2019, section 4.2.2
 * @example const { physics } = inverseBurgers({ noise: 0.01 })
 */
export const inverseBurgers = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'inverseBurgers',
    summary:
      'an inverse problem, u_t + λ₁ u u_x = λ₂ u_xx with λ₁ and λ₂ unknown and u measured, solved by its residual',
    options,
    facts: { solution: 'Cole–Hopf transform', kind: 'pinn' },
  },
  (read) =>
    (settings: InverseBurgersOptions = {}): PinnProblem => {
      const { viscosity, measurements, noise, key, test, validation, equationWeight, continuation, ...rest } =
        read(settings)
      const { startEquationWeight = equationWeight } = rest
      const changes = startEquationWeight !== equationWeight
      // A stored run holds every option, so the default is accepted.
      if (!changes && continuation !== CONTINUATION) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `inverseBurgers: continuation ${continuation} has no effect where the factor does not change; give startEquationWeight, or leave continuation out`,
        )
      }
      const exact = inverseBurgersSolution(viscosity)
      const next = sequence('uniform', 2, key + 1)
      const x = Float64Array.from(
        Array.from({ length: measurements }, () => next()).flatMap(([a = 0, t = 0]) => [2 * a - 1, t]),
      )
      const clean = Float64Array.from({ length: measurements }, (_, p) => exact([x[2 * p]!, x[2 * p + 1]!])[0])
      const size = Math.sqrt(clean.reduce((sum, v) => sum + v * v, 0) / measurements)
      const errors = pseudoNormals(key + 2, measurements)
      return equationProblem({
        name: 'inverse-burgers',
        axes: { x: [-1, 1], t: [0, 1] },
        equation: 'u_t + l1 u u_x = l2 u_xx',
        residual({ u }, _, { coefficients }) {
          const { convection, viscosity: thickness } = coefficients
          const slope = d(u, { x: 1 })
          const carried = mul(convection!, mul(u.value, slope))
          const plain = sub(add(d(u, { t: 1 }), carried), mul(mul(thickness!, UNIT), d(u, { x: 2 })))
          if (changes) return mul(plain, sqrt(coefficients.weight!))
          return equationWeight === 1 ? plain : mul(plain, Math.sqrt(equationWeight))
        },
        coefficients: { convection: 0.5, viscosity: 2 },
        ...(changes
          ? { continuation: { weight: { from: startEquationWeight, to: equationWeight, steps: continuation } } }
          : {}),
        conditions: [pointValues(x, { u: clean.map((v, p) => v + noise * size * errors[p]!) })],
        exact,
        points: { train: 20, test, validation },
      })
    },
)
