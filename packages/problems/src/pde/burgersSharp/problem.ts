import { type OperatorProblem, type OptionsOf, defineFactory, defineOptions } from '@spikeward/core'
import { spectralField } from '../../spaces/spectralField.js'
import { finalBurgers, finalBurgersOptions } from '../burgers/finalBurgers.js'

const options = /* @__PURE__ */ defineOptions(() => finalBurgersOptions(0.01, 128))

/** Options of {@link burgersSharp}. */
export type BurgersSharpOptions = OptionsOf<typeof options>

const TAU = 7
const MODES = 40

/** σ for which the variance of u₀ is 1: 1 = 2 σ² Σₖ (qₖ² + τ²)⁻², qₖ = 2πk. */
const sigmaOf = (): number => {
  let sum = 0
  for (let k = 1; k <= MODES; k++) sum += 2 * ((2 * Math.PI * k) ** 2 + TAU ** 2) ** -2
  return 1 / Math.sqrt(sum)
}

/**
 * Burgers' equation at one time, where its waves have steepened to fronts:
 *
 *     u_t + u u_x = ν u_xx, ν = 0.01, of period 1 in x,   u(x, 0) = u₀(x) ↦ u(x, 1),
 *     u₀ Gaussian, wave number qₖ = 2πk of amplitude ∝ 1/(qₖ² + 49), k = 1 … 40, mean 0 over the period, and variance 1
 *
 * u₀ and u(x, 1) are given at the same 128 points of one period, without its right end. It states no equation: its
 * solution has no time axis.
 *
 * Reference: pseudo-spectral, 128 nodes, dealiased, with integrating factor and Runge–Kutta steps Δt |u| q ≤ 2; between
 * the nodes its trigonometric polynomial (relative L2 difference from eight times the nodes and steps of 1/2000: at
 * most 3e-6, median 2e-7, of 30 functions).
 *
 * @throws INVALID_OPTION
 * @example
 * const { sensors, values } = await burgersSharp().data('train') // both [1000, 128]
 */
export const burgersSharp = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'burgersSharp',
    summary: 'operator u(x, 0) ↦ u(x, 1), u_t + u u_x = ν u_xx, periodic, ν = 0.01',
    options,
    facts: {
      inputs: 'Gaussian random field, covariance ∝ (−Δ + 49)⁻², variance 1',
      solution: 'pseudo-spectral',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: BurgersSharpOptions = {}): OperatorProblem =>
      finalBurgers(
        'burgers-sharp',
        spectralField({ gamma: 2, tau: TAU, sigma: sigmaOf(), modes: MODES }),
        read(settings),
      ),
)
