import { add, defineFactory, defineOptions, integer, mul, number, sin } from '@spikeward/core'
import type { OptionsOf, PinnProblem } from '@spikeward/core'
import { d } from '../../equations/component.js'
import { dirichlet, pointValues } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'
import { pseudoNormals } from '../../shapes/points/sequences.js'

/**
 * The exact solution u = sin(πx)/k of −k u″ = π² sin πx.
 *
 * @param coefficient k
 * @returns [u] at a point [x]
 */
const inversePoissonSolution =
  (coefficient: number) =>
  ([x = 0]: readonly number[]): [u: number] => [Math.sin(Math.PI * x) / coefficient]

const options = /* @__PURE__ */ defineOptions(() => ({
  /** The true value of the unknown coefficient k. Default 1.5. */
  coefficient: number({ min: 0.1, max: 10, default: 1.5, help: 'true value of the unknown coefficient k' }),
  /** The value that training starts from. Default 1. */
  first: number({ min: 0.1, max: 10, default: 1, help: 'value of k at the start' }),
  /** Measurements of u, equally spaced. Default 50. */
  measurements: integer({ min: 2, default: 50, help: 'measured points' }),
  /** Standard deviation of the noise of a measurement, relative to the largest value of u. Default 0. */
  noise: number({ min: 0, default: 0, help: 'noise of the measurements, relative to the largest value' }),
  /** Key of the noise. Default 0. */
  key: integer({ min: 0, default: 0, help: 'key of the noise' }),
  /** Test points, cell centres. Default 200. */
  test: integer({ min: 1, default: 200, help: 'test points' }),
  /** Scattered validation points. Default 200. */
  validation: integer({ min: 1, default: 200, help: 'scattered validation points' }),
}))

/** Options of {@link inversePoisson}. */
export type InversePoissonOptions = OptionsOf<typeof options>

const { PI } = Math

/**
 * An inverse problem: −k u″ = π² sin πx on [−1, 1], u(±1) = 0, with k unknown and u measured. The solution is u =
 * sin(πx)/k. The residual is scaled by 1/π².
 *
 * @throws INVALID_OPTION
 * @example const { physics } = inversePoisson({ noise: 0.01 })
 */
export const inversePoisson = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'inversePoisson',
    summary: 'an inverse problem, −k u″ = π² sin πx with k unknown and u measured, solved by its residual',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: InversePoissonOptions = {}): PinnProblem => {
      const { coefficient, first, measurements, noise, key: noiseKey, test, validation } = read(settings)
      const x = Float64Array.from({ length: measurements }, (_, i) => -1 + (2 * i + 1) / measurements)
      const errors = noise === 0 ? null : pseudoNormals(noiseKey + 1, measurements)
      const measured = x.map((v, i) => (Math.sin(PI * v) + noise * (errors?.[i] ?? 0)) / coefficient)
      return equationProblem({
        name: 'inverse-poisson',
        axes: { x: [-1, 1] },
        equation: "-k u'' = pi^2 sin(pi x)",
        residual: ({ u }, { x: at }, { coefficients: { k } }) =>
          add(mul(k!, mul(d(u, { x: 2 }), 1 / PI ** 2)), sin(mul(at, PI))),
        coefficients: { k: first },
        conditions: [dirichlet({ u: 0 }), pointValues(x, { u: measured })],
        exact: inversePoissonSolution(coefficient),
        points: { train: 20, test, validation },
      })
    },
)
