import { type OptionsOf, type TrajectoryProblem, defineFactory, defineOptions, integer, number } from '@spikeward/core'
import { periodicEvolution } from '../../operatorProblem/periodicEvolution.js'
import { evolutionOptions, splitOptions } from '../../operatorProblem/splitOptions.js'
import { layersOfPlane } from '../../spaces/periodicField2d.js'
import { solveGrayScott } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** F. Default 0.04. */
  feed: number({ min: 0, default: 0.04, help: 'feed F of u' }),
  /** k. Default 0.06: stripes and spots. */
  kill: number({ min: 0, default: 0.06, help: 'rate k at which v is removed' }),
  /** Points along each axis, a power of two. Default 64. */
  points: integer({ min: 16, default: 64, help: 'points along each axis, a power of two' }),
  ...evolutionOptions({ duration: 200, interval: 10, frames: 21 }),
  ...splitOptions(200, 25, 50),
}))

/** Options of {@link grayScott}. */
export type GrayScottOptions = OptionsOf<typeof options>

/** D of v and u. */
const DIFFUSIVITIES = [2e-5, 4e-5] as const
/** Time of a step of the solver. */
const STEP = 8

/**
 * Two substances that react, and patterns that grow from islands of the second:
 *
 *     u_t = 4·10⁻⁵ Δu − u v² + F (1 − u),   v_t = 2·10⁻⁵ Δv + u v² − (F + k) v,   F = 0.04, k = 0.06, of period 1 in x and y,
 *     v(x, y, 0) = (1 + tanh 3(g − 1))/8 ↦ v(x, y, 200),   u = 1 − 2v at first
 *
 * with the Gaussian fields g of `allenCahn2d`. v is given at points² places of one period, without its right ends.
 * `trajectories` gives 21 frames of v and u, 10 apart.
 *
 * Reference: pseudo-spectral on the same nodes, exponential Runge–Kutta steps of order 4, each at most 8 units of time.
 *
 * @throws INVALID_OPTION
 * @see Pearson, Science 1993
 * @example
 * const { values } = await grayScott().trajectories('test') // [50, 21, 64, 64, 2]
 */
export const grayScott = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'grayScott',
    summary: 'operator v(x, y, 0) ↦ v(x, y, 200), u v² turns u into v, patterns in the plane',
    options,
    facts: { inputs: 'islands of a Gaussian random field', solution: 'pseudo-spectral', kind: 'operator' },
  },
  (read) =>
    (settings: GrayScottOptions = {}): TrajectoryProblem => {
      const { feed, kill, points, duration, interval, frames, key, ...sizes } = read(settings)
      return periodicEvolution({
        name: 'gray-scott',
        axes: ['x', 'y'],
        length: 1,
        points,
        channels: ['v', 'u'],
        definition: `${layersOfPlane.name}; ${feed}, ${kill}; ETDRK4, steps of ${STEP}`,
        ...{ duration, interval, frames, key, sizes },
        sample: async (k, n) =>
          (await layersOfPlane.sample(k, n)).map((g) => (x) => g(x).map((v) => (1 + Math.tanh(3 * (v - 1))) / 8)),
        solve: (initial, between, count) =>
          solveGrayScott({
            ...{ feed, kill, interval: between, frames: count, length: 1, diffusivities: DIFFUSIVITIES },
            initial: [initial, initial.map((v) => 1 - 2 * v)],
            steps: Math.ceil(between / STEP - 1e-9),
          }),
      })
    },
)
