import { type OperatorProblem, type OptionsOf, defineFactory, defineOptions } from '@spikeward/core'
import { spectralField } from '../../spaces/spectralField.js'
import { finalBurgers, finalBurgersOptions } from '../burgers/finalBurgers.js'

const options = /* @__PURE__ */ defineOptions(() => finalBurgersOptions(0.1, 256))

/** Options of {@link burgersFno}. */
export type BurgersFnoOptions = OptionsOf<typeof options>

/**
 * Burgers' equation at one time, with the numbers of the Fourier neural operator's paper (Li et al. 2021, 2010.08895):
 *
 *     u_t + u u_x = ν u_xx, ν = 0.1, of period 1 in x,   u(x, 0) = u₀(x) ↦ u(x, 1),   u₀ ~ N(0, 625 (−Δ + 25)⁻²)
 *
 * u₀ and u(x, 1) are given at the same 256 points of one period, without its right end. It states no equation: its
 * solution has no time axis.
 *
 * Deviation: u₀ has the wave numbers 1 … 40 and mean 0 over the period; the law in the paper has a random mean too.
 *
 * Reference: as of {@link burgersSharp}, which is harder.
 *
 * @throws INVALID_OPTION
 * @example
 * const { sensors, values } = await burgersFno({ points: 1024 }).data('test') // both [200, 1024]
 */
export const burgersFno = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'burgersFno',
    summary: 'operator u(x, 0) ↦ u(x, 1), u_t + u u_x = ν u_xx, periodic, ν = 0.1',
    options,
    facts: {
      inputs: 'Gaussian random field, covariance 625 (−Δ + 25)⁻²',
      solution: 'pseudo-spectral',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: BurgersFnoOptions = {}): OperatorProblem =>
      finalBurgers('burgers-fno', spectralField({ gamma: 2, tau: 5, sigma: 25, modes: 40 }), read(settings)),
)
