import { add, defineFactory, defineOptions, integer, mul, sin, sub } from '@spikeward/core'
import type { OptionsOf, Physics, PinnProblem } from '@spikeward/core'
import { gridRegression } from '../../regression/gridRegression.js'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { endConditions, region } from '../../geometry/region.js'

/**
 * The exact solution of −u″ = (kπ)² sin kπx with u(±1) = 0:
 *
 *     u(x) = sin kπx
 *
 * @param frequency wave number k, an integer
 * @returns [u] at a point [x]
 */
export const poissonPinnSolution =
  (frequency: number) =>
  ([x = 0]: readonly number[]): [u: number] => [Math.sin(frequency * Math.PI * x)]

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Wave number k. Default 1. */
  frequency: integer({ min: 1, default: 1, help: 'wave number k' }),
  /** Training points with exact values, ends included, for losses that mix in data. Default 20. */
  train: integer({ min: 1, default: 20, help: 'training points with exact values, ends included' }),
  /** Test points, cell centres. Default 201. */
  test: integer({ min: 1, default: 201, help: 'test points, cell centres' }),
  /** Scattered validation points. Default 100. */
  validation: integer({ min: 1, default: 100, help: 'scattered validation points' }),
}))

/** Options of {@link poissonPinn}. */
export type PoissonPinnOptions = OptionsOf<typeof options>

/**
 * One Poisson equation, solved only from its residual:
 *
 *     −u″ = (kπ)² sin kπx on [−1, 1],   u(±1) = 0,   u = sin kπx
 *
 * The hard conditions multiply the network's output by 1 − x².
 *
 * @throws INVALID_OPTION, SPLITS_OVERLAP
 * @example const { physics } = poissonPinn({ frequency: 2 })
 */
export const poissonPinn = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'poissonPinn',
    summary: 'one equation, −u″ = (kπ)² sin kπx on [−1, 1], solved by its residual',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: PoissonPinnOptions = {}): PinnProblem => {
      const { frequency, train, test, validation } = read(settings)
      const wave = frequency * Math.PI
      const domain = [[-1, 1]] as const
      const conditions = endConditions(domain, 'u')
      const physics: Physics<null> = {
        equation: '-u_xx = (k pi)^2 sin(k pi x)',
        order: [2],
        interior: region(domain),
        residual: (u, _, c) => add(u.d(c, 0, 2), mul(sin(mul(axisCoordinate(c, 0), wave)), wave * wave)),
        conditions,
        hard: {
          satisfies: conditions.map((c) => c.name),
          apply(raw, _, c) {
            const x = axisCoordinate(c, 0)
            return mul(raw, sub(1, mul(x, x)))
          },
        },
      }
      const points = gridRegression({
        name: 'poisson-pinn',
        domain,
        outputs: 1,
        target: poissonPinnSolution(frequency),
        train: [train],
        test: [test],
        validation,
      })
      return { ...points, kind: 'pinn', axes: ['x'], physics }
    },
)
