import { cast, defineFactory, defineOptions, integer, matmul, mul, reshape, sum, transpose } from '@spikeward/core'
import type { Key, OptionsOf, Tensor } from '@spikeward/core'
import type { DeviceEstimator } from '../deviceEstimator.js'
import type { DeviceNetwork } from '../deviceNetwork.js'
import { LARGEST_DIFFERENCE } from '../wordUse.js'
import { signs } from './perturbations.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /**
   * The perturbation is 2^−below of the threshold, rounded to a power of two. Larger perturbations smooth the loss that
   * is minimised. The smallest, 2^−20, is 4 units of a state of 24 bits.
   */
  below: integer({ min: 0, max: 20, default: 8, help: 'the perturbation is 2^−below of the threshold' }),
}))

/** The sign of the perturbation of every neuron for each sample. */
const noise = (key: Key, network: DeviceNetwork, samples: number): readonly Tensor[] =>
  network.layers.map(({ units }, l) => signs(key.fold(l), [samples, units]))

/**
 * Node perturbation: the current of every neuron moves by ±2^k for a sample, and a synapse collects estimate = Σₙ xₙ
 * (ℓ₊ − ℓ₋)ₙ ξₙ, with the inputs x that it received.
 *
 * @param below the perturbation is 2^−below of the threshold, rounded to a power of two; default 8. Larger
 *   perturbations smooth the loss that is minimised
 * @throws INVALID_OPTION unless below is a whole number from 0 to 20
 * @see Williams 1992; Hiratani et al. 2022
 */
export const deviceNodePerturbation = /* @__PURE__ */ defineFactory(
  {
    kind: 'deviceEstimator',
    name: 'deviceNodePerturbation',
    aliases: ['nodePerturbation'],
    summary: 'node perturbation: the current of every neuron moves, for each sample',
    facts: {
      perturbation: 'the current of every neuron by ±2^−below of the threshold, for each sample',
      estimate: 'Σₙ xₙ dₙ ξₙ',
    },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): DeviceEstimator => {
      const { below } = read(settings)
      return {
        name: 'nodePerturbation',
        perturb(network, params, { key, samples }) {
          // Thresholds are near the middle of the state’s positive range.
          const amplitude = 2 ** (network.chip.stateBits - 2 - below)
          const xi = noise(key, network, samples)
          return {
            plus: { params, currents: xi.map((s) => mul(s, amplitude)) },
            minus: { params, currents: xi.map((s) => mul(s, -amplitude)) },
          }
        },
        estimate(network, _params, { key, differences, presynaptic }) {
          const samples = differences.shape[0]!
          return noise(key, network, samples).map((xi, l) => {
            const signal = mul(xi, reshape(differences, [samples, 1]))
            const collected = matmul(cast(transpose(presynaptic[l]!), 'f32'), cast(signal, 'f32'))
            return { weight: cast(collected, 'i32'), bias: sum(signal, 0) }
          })
        },
        largestEstimate({ layers, time }, l, samples) {
          return samples * LARGEST_DIFFERENCE * 2 * (l === 0 ? layers[0]!.payload : time)
        },
      }
    },
)
