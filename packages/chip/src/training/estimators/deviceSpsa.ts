import { defineFactory, sum } from '@spikeward/core'
import type { OptionsOf } from '@spikeward/core'
import type { DeviceEstimator } from '../deviceEstimator.js'
import { LARGEST_DIFFERENCE } from '../wordUse.js'
import { moved, parameterPerturbation, quiet, signsOf, times } from './perturbations.js'

/**
 * Simultaneous perturbation: all parameters move by ±2^k steps at once, and each estimate is the perturbation's sign
 * times the difference of the two losses: estimate = Δ Σₙ (ℓ(θ + Δ) − ℓ(θ − Δ))ₙ.
 *
 * @param k the perturbation is 2^k steps of a weight, and at most the range of each word; default 1
 * @throws INVALID_OPTION unless k is a whole number from 0 to 20
 * @see Spall 1992
 */
export const deviceSpsa = /* @__PURE__ */ defineFactory(
  {
    kind: 'deviceEstimator',
    name: 'deviceSpsa',
    aliases: ['spsa'],
    summary: 'simultaneous perturbation: all parameters move at once',
    facts: { perturbation: 'all parameters by ±2^k weight steps', estimate: 'Δ Σₙ dₙ' },
    options: parameterPerturbation,
  },
  (read) =>
    (settings: OptionsOf<typeof parameterPerturbation> = {}): DeviceEstimator => {
      const by = 2 ** read(settings).k
      return {
        name: 'spsa',
        perturb(network, params, { key }) {
          const sign = signsOf(key, params)
          return { plus: quiet(moved(network, params, sign, by)), minus: quiet(moved(network, params, sign, -by)) }
        },
        estimate: (_network, params, { key, differences }) => times(signsOf(key, params), sum(differences)),
        largestEstimate: (_network, _l, samples) => samples * LARGEST_DIFFERENCE,
      }
    },
)
