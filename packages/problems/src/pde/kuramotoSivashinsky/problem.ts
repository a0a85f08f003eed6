import { type OptionsOf, type TrajectoryProblem, defineFactory, defineOptions, integer, number } from '@spikeward/core'
import { periodicEvolution } from '../../operatorProblem/periodicEvolution.js'
import { evolutionOptions, splitOptions } from '../../operatorProblem/splitOptions.js'
import { sampleFunctions, unitVariance } from '../../spaces/sampleFunctions.js'
import { spectralField } from '../../spaces/spectralField.js'
import { solveKuramotoSivashinsky } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** L. Default 22; 64 is another usual length, of more unstable waves. */
  length: number({ min: 0, above: true, default: 22, help: 'period L: 22, or 64 for more unstable waves' }),
  points: integer({
    min: 16,
    computed: 'the power of two from 2.5 L on: 64 for L = 22, 256 for L = 64',
    help: 'points of a period, a power of two',
  }),
  ...evolutionOptions({ duration: 10, interval: 1, frames: 61 }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link kuramotoSivashinsky}. */
export type KuramotoSivashinskyOptions = OptionsOf<typeof options>

/** Steps of the solver in a unit of time. */
const STEPS = 10

/**
 * Waves that grow, merge and become chaotic:
 *
 *     u_t + u u_x + u_xx + u_xxxx = 0, of period L = 22 in x,   u(x, 0) = u₀(x) ↦ u(x, 10),
 *     u₀ Gaussian, wave number q = 2πk/L of amplitude ∝ 1/(q² + 1), q ≤ 1.2, mean 0 over the period, and variance 1
 *
 * `trajectories` gives 61 frames, 1 apart, which is about three Lyapunov times: the largest Lyapunov exponent is 0.043
 * to 0.048 for L = 22 and about 0.09 for long periods, so that errors grow by e in 22 and in 11 units of time.
 *
 * Reference: pseudo-spectral, dealiased, exponential Runge–Kutta steps of order 4, 10 in a unit of time.
 *
 * @throws INVALID_OPTION
 * @see Kassam & Trefethen, SIAM J. Sci. Comput. 2005; Edson et al., ANZIAM J. 2019 (Lyapunov exponents)
 * @example
 * const { values } = await kuramotoSivashinsky({ length: 64 }).trajectories('test') // [200, 61, 256, 1]
 */
export const kuramotoSivashinsky = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'kuramotoSivashinsky',
    summary: 'operator u(x, 0) ↦ u(x, 10), u_t + u u_x + u_xx + u_xxxx = 0, chaotic waves',
    options,
    facts: {
      inputs: 'Gaussian random field of long waves, variance 1',
      solution: 'pseudo-spectral',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: KuramotoSivashinskyOptions = {}): TrajectoryProblem => {
      const { length, points: nodes, duration, interval, frames, key, ...sizes } = read(settings)
      const points = nodes ?? 2 ** Math.ceil(Math.log2(Math.max(16, 2.5 * length)))
      const modes = Math.max(1, Math.floor((1.2 * length) / (2 * Math.PI)))
      const space = unitVariance(spectralField({ gamma: 2, tau: 1, sigma: 1, domain: [0, length], modes }), 1)
      return periodicEvolution({
        name: 'kuramoto-sivashinsky',
        axes: ['x'],
        ...{ length, points, duration, interval, frames, key, sizes },
        channels: ['u'],
        definition: `${space.name}; ETDRK4, ${STEPS} steps in a unit of time`,
        sample: (k, n) => sampleFunctions(space, k, n),
        solve: (initial, between, count) =>
          solveKuramotoSivashinsky({
            ...{ length, initial, interval: between, frames: count },
            steps: Math.ceil(STEPS * between - 1e-9),
          }),
      })
    },
)
