import { type OptionsOf, type TrajectoryProblem, defineFactory, defineOptions, number } from '@spikeward/core'
import { type FrontEquation, frontOptions, planeFronts } from '../../operatorProblem/planeFronts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** D. Default 2e-3. */
  diffusivity: number({ min: 0, above: true, default: 2e-3, help: 'diffusivity D' }),
  /** k. Default 20. */
  rate: number({ min: 0, above: true, default: 20, help: 'rate k of the reaction' }),
  /** a. Default 0.3: the state 1 invades the state 0. */
  threshold: number({ min: 0, max: 1, default: 0.3, help: 'unstable state a between 0 and 1' }),
  ...frontOptions(),
}))

/** Options of {@link nagumo2d}. */
export type Nagumo2dOptions = OptionsOf<typeof options>

/** u_t = D Δu + k u (1 − u)(u − a). */
export const nagumoFront = ({
  diffusivity,
  rate,
  threshold,
}: Readonly<Record<'diffusivity' | 'rate' | 'threshold', number>>): FrontEquation => ({
  diffusivity,
  reaction: (u) => rate * u * (1 - u) * (u - threshold),
})

/**
 * Fronts in the plane that travel:
 *
 *     u_t = D Δu + k u (1 − u)(u − a), D = 2e-3, k = 20, a = 0.3, of period 1 in x and y,   u(x, y, 0) = (1 + tanh 3g)/2 ↦ u(x, y, 2)
 *
 * with the Gaussian fields g of `allenCahn2d`. A straight front 1/(1 + e^{x/√(2D/k)}) travels at √(kD/2) (1 − 2a) =
 * 0.057. u is given at points² places of one period, without its right ends. `trajectories` gives 21 frames, 0.1 apart.
 *
 * Reference: pseudo-spectral on the same nodes, exponential Runge–Kutta steps of order 4, 10 in a unit of time.
 *
 * @throws INVALID_OPTION
 * @see Nagumo, Arimoto & Yoshizawa, Proc. IRE 1962
 * @example
 * const { values } = await nagumo2d({ points: 128 }).trajectories('test') // [64, 21, 128, 128, 1]
 */
export const nagumo2d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'nagumo2d',
    summary: 'operator u(x, y, 0) ↦ u(x, y, 2), u_t = D Δu + k u (1 − u)(u − a), fronts in the plane',
    options,
    facts: { inputs: 'tanh of a Gaussian random field', solution: 'pseudo-spectral', kind: 'operator' },
  },
  (read) =>
    (settings: Nagumo2dOptions = {}): TrajectoryProblem => {
      const { diffusivity, rate, threshold, points, duration, interval, frames, key, ...sizes } = read(settings)
      return planeFronts({
        ...{ name: 'nagumo-2d', points, duration, interval, frames, key, sizes, rate, stepsInRate: 0.5 },
        equation: nagumoFront({ diffusivity, rate, threshold }),
        numbers: [diffusivity, rate, threshold],
        level: (layer) => (1 + layer) / 2,
      })
    },
)
