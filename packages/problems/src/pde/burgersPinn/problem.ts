import { add, defineFactory, defineOptions, integer, integers, mul, neg, number, sin, sub } from '@spikeward/core'
import type { Condition, OptionsOf, Physics, PinnProblem, Tensor, TensorLike } from '@spikeward/core'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { endConditions, region } from '../../geometry/region.js'
import { gridRegression } from '../../regression/gridRegression.js'
import { coleHopfBurgers } from '../../numerics/coleHopfBurgers.js'

/**
 * The solution of u_t + u u_x = ν u_xx, u(x, 0) = −sin πx, u(±1, t) = 0, by {@link coleHopfBurgers}.
 *
 * @param viscosity ν
 * @returns [u] at a point [x, t]
 */
function burgersPinnSolution(viscosity: number): (at: readonly number[]) => number[] {
  const u = coleHopfBurgers(viscosity)
  return ([x = 0, t = 0]) => [u(x, t)]
}

const options = /* @__PURE__ */ defineOptions(() => ({
  /** ν. Default 0.01/π. */
  viscosity: number({ min: 1e-3, default: 0.01 / Math.PI, help: 'viscosity ν' }),
  /**
   * Viscosity at the start of training, in units of ν: the shock forms slowly while it falls to ν. 1: no continuation.
   */
  startViscosity: number({ min: 1, default: 20, help: 'viscosity at the start of training, in units of ν' }),
  /** Steps until the viscosity is ν. Default 200. */
  continuation: integer({ min: 1, default: 200, help: 'steps until the viscosity has its own value' }),
  /** Training points along x and t with exact values, ends included, for losses that mix in data. Default [101, 51]. */
  train: integers({ min: 2, minLength: 2, maxLength: 2, default: [101, 51], help: 'training points along x and t' }),
  /** Test points along x and t, cell centres. Default [256, 100]. */
  test: integers({
    min: 1,
    minLength: 2,
    maxLength: 2,
    default: [256, 100],
    help: 'test points along x and t, cell centres',
  }),
  /** Scattered validation points. Default 2000. */
  validation: integer({ min: 1, default: 2000, help: 'scattered validation points' }),
}))

/** Options of {@link burgersPinn}. */
export type BurgersPinnOptions = OptionsOf<typeof options>

/**
 * The Burgers equation that forms a shock at x = 0, solved only from its residual:
 *
 *     u_t + u u_x = ν u_xx on [−1, 1] × [0, 1],   u(x, 0) = −sin πx,   u(±1, t) = 0,   ν = 0.01/π
 *
 * Training begins with a larger viscosity, `startViscosity` · ν, which falls to ν over `continuation` steps: with ν
 * from the first step on, Gauss–Newton ended in a minimum without the shock in a trial that is not stored.
 *
 * The hard conditions are u = −sin πx + (1 − x²) t · (network's output). Reference: the Cole–Hopf transform.
 *
 * @throws INVALID_OPTION, SPLITS_OVERLAP
 * @see Raissi, Perdikaris & Karniadakis, J. Comput. Phys. 2019, section 3.1.1
 * @example const { physics } = burgersPinn()
 */
export const burgersPinn = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'burgersPinn',
    summary: 'one equation, u_t + u u_x = ν u_xx with a shock at x = 0, solved by its residual',
    options,
    facts: { solution: 'Cole–Hopf transform', kind: 'pinn' },
  },
  (read) =>
    (settings: BurgersPinnOptions = {}): PinnProblem => {
      const { viscosity, startViscosity, continuation, train, test, validation } = read(settings)
      const domain = [
        [-1, 1],
        [0, 1],
      ] as const
      const wave = (x: Tensor): Tensor => neg(sin(mul(x, Math.PI)))
      const initial: Condition<unknown> = {
        name: 'u(x, 0) = -sin pi x',
        region: region(domain, [null, 0]),
        residual: (u, _, c) => sub(u.at(c), wave(axisCoordinate(c, 0))),
      }
      const conditions = [initial, ...endConditions(domain, 'u')]
      const physics: Physics<null> = {
        equation: 'u_t + u u_x = nu u_xx',
        order: [2, 1],
        interior: region(domain),
        ...(startViscosity === 1
          ? {}
          : { continuation: { viscosity: { from: startViscosity * viscosity, to: viscosity, steps: continuation } } }),
        residual: (u, _, c, { viscosity: current = viscosity }: { viscosity?: TensorLike } = {}) =>
          sub(add(u.d(c, 1), mul(u.at(c), u.d(c, 0))), mul(u.d(c, 0, 2), current)),
        conditions,
        hard: {
          satisfies: conditions.map((c) => c.name),
          apply(raw, _, c) {
            const x = axisCoordinate(c, 0)
            return add(wave(x), mul(raw, mul(sub(1, mul(x, x)), axisCoordinate(c, 1))))
          },
        },
      }
      const points = gridRegression({
        name: 'burgers-pinn',
        domain,
        outputs: 1,
        target: burgersPinnSolution(viscosity),
        train,
        test,
        validation,
      })
      return { ...points, kind: 'pinn', axes: ['x', 't'], physics }
    },
)
