import { bits, cast, defineFactory, equal, mul, shiftRight, sub, sum, where, zerosLike } from '@spikeward/core'
import type { Key, OptionsOf, Tensor } from '@spikeward/core'
import type { DeviceEstimator } from '../deviceEstimator.js'
import type { DeviceParams } from '../deviceNetwork.js'
import { LARGEST_DIFFERENCE } from '../wordUse.js'
import { moved, parameterPerturbation, quiet, signsOf, times } from './perturbations.js'

/** ⌊x / n⌋ of a word from 0 to 2^16 − 1, by a multiplication and a shift. */
const divideBy = (x: Tensor, n: number): Tensor => (n === 1 ? x : shiftRight(mul(x, Math.ceil(2 ** 15 / n)), 15))

/** Signs of the parameters of one layer, which the key chooses; 0 for those of the others. */
function masked(key: Key, params: DeviceParams): DeviceParams {
  const [choice, directions] = key.split(2) as [Key, Key]
  const chosen = cast(shiftRight(bits(choice, []), 16), 'i32')
  const index = sub(chosen, mul(params.length, divideBy(chosen, params.length)))
  return signsOf(directions, params).map(({ weight, bias }, l) => ({
    weight: where(equal(index, l), weight, zerosLike(weight)),
    bias: where(equal(index, l), bias, zerosLike(bias)),
  }))
}

/**
 * Weight perturbation, layer by layer: a step moves the parameters of one layer, which the key chooses, and compares
 * the loss with that of the unperturbed parameters.
 *
 * @param k the perturbation is 2^k steps of a weight, and at most the range of each word; default 1
 * @throws INVALID_OPTION unless k is a whole number from 0 to 20
 */
export const deviceWeightPerturbation = /* @__PURE__ */ defineFactory(
  {
    kind: 'deviceEstimator',
    name: 'deviceWeightPerturbation',
    aliases: ['weightPerturbation'],
    summary: 'weight perturbation: the parameters of one random layer move',
    facts: {
      perturbation: 'the parameters of one layer by ±2^k weight steps, against the unperturbed loss',
      estimate: 'Δ Σₙ dₙ',
    },
    options: parameterPerturbation,
  },
  (read) =>
    (settings: OptionsOf<typeof parameterPerturbation> = {}): DeviceEstimator => {
      const by = 2 ** read(settings).k
      return {
        name: 'weightPerturbation',
        perturb(network, params, { key }) {
          return { plus: quiet(moved(network, params, masked(key, params), by)), minus: quiet(params) }
        },
        estimate: (_network, params, { key, differences }) => times(masked(key, params), sum(differences)),
        largestEstimate: (_network, _l, samples) => samples * LARGEST_DIFFERENCE,
      }
    },
)
