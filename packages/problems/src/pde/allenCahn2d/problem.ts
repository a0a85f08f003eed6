import { type OptionsOf, type TrajectoryProblem, defineFactory, defineOptions, number } from '@spikeward/core'
import { type FrontEquation, frontOptions, planeFronts } from '../../operatorProblem/planeFronts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** D. Default 2.5e-3. */
  diffusivity: number({ min: 0, above: true, default: 2.5e-3, help: 'diffusivity D' }),
  /** k. Default 5. */
  rate: number({ min: 0, above: true, default: 5, help: 'rate k of the reaction' }),
  ...frontOptions(),
}))

/** Options of {@link allenCahn2d}. */
export type AllenCahn2dOptions = OptionsOf<typeof options>

/** u_t = D Δu + k (u − u³). */
export const allenCahnFront = ({
  diffusivity,
  rate,
}: Readonly<Record<'diffusivity' | 'rate', number>>): FrontEquation => ({
  diffusivity,
  reaction: (u) => rate * (u - u ** 3),
})

/**
 * Fronts in the plane that move by their curvature:
 *
 *     u_t = D Δu + k (u − u³), D = 2.5e-3, k = 5, of period 1 in x and y,   u(x, y, 0) = tanh 3g ↦ u(x, y, 2),
 *     g Gaussian, wave vector q = 2πk of amplitude ∝ (|q|² + 100)^(−3/2), |kₓ|, |k_y| ≤ 5, mean 0 and variance 1
 *
 * The layer between −1 and 1 is tanh(x/√(2D/k)), two cells of 64². u is given at points² places of one period, without
 * its right ends. `trajectories` gives 21 frames, 0.1 apart.
 *
 * Reference: pseudo-spectral on the same nodes, exponential Runge–Kutta steps of order 4, 10 in a unit of time.
 *
 * @throws INVALID_OPTION
 * @see Allen & Cahn, Acta Metall. 1979
 * @example
 * const { values } = await allenCahn2d().trajectories('test') // [64, 21, 64, 64, 1]
 */
export const allenCahn2d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'allenCahn2d',
    summary: 'operator u(x, y, 0) ↦ u(x, y, 2), u_t = D Δu + k (u − u³), fronts in the plane',
    options,
    facts: { inputs: 'tanh of a Gaussian random field', solution: 'pseudo-spectral', kind: 'operator' },
  },
  (read) =>
    (settings: AllenCahn2dOptions = {}): TrajectoryProblem => {
      const { diffusivity, rate, points, duration, interval, frames, key, ...sizes } = read(settings)
      return planeFronts({
        ...{ name: 'allen-cahn-2d', points, duration, interval, frames, key, sizes, rate, stepsInRate: 2 },
        equation: allenCahnFront({ diffusivity, rate }),
        numbers: [diffusivity, rate],
        level: (layer) => layer,
      })
    },
)
