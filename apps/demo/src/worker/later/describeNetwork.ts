import { SpikewardError, isRecord } from '@spikeward/core'
import type { RegressionProblem, Tensor } from '@spikeward/core'
import { doubles, neuronFromOptions, toDoubles } from '@spikeward/nir'
import type { DescribedNeuron, MlpDescription, NirArray } from '@spikeward/nir'
import type { FloatMlp } from '@spikeward/chip'
import type { SpikingMlpVariables } from '@spikeward/operators'
import type { Settings } from '../../settings/settings.js'
import { filledOptions } from '../catalogue.js'

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, Array.from(await t.data(), Number))

const cannot = (what: string): SpikewardError =>
  new SpikewardError(
    'DEMO_NOT_FOR_CHIP',
    `${what}; a chip here has leaky or plain integrate-and-fire neurons that are reset: choose one of them`,
  )

/** The neurons that the settings name, if a chip has them. */
function neuronOf({ neuron, neuronOptions }: Settings): DescribedNeuron {
  const { declaration, values } = filledOptions('neuron', neuron, neuronOptions)
  const described = neuronFromOptions(declaration, values, cannot)
  const { reset, resetMembrane } = described.neuron
  if (reset === 'none') throw cannot('the neurons have no reset')
  if (resetMembrane !== 0) throw cannot(`a spike sets the membranes to ${resetMembrane}, and those of a chip to 0`)
  return described
}

/** The network of the page as plain numbers, for a NIR file and for a chip. */
export async function describeNetwork(
  settings: Settings,
  problem: RegressionProblem,
  { trained, fixed }: SpikingMlpVariables,
): Promise<MlpDescription> {
  if (isRecord(trained.neurons)) throw cannot('the neurons have learned coefficients')
  const { neuron, current } = neuronOf(settings)
  const plus = (a: NirArray): NirArray =>
    current === 0
      ? a
      : doubles(
          a.shape,
          toDoubles(a).map((v) => v + current),
        )
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    affine: { weight: await arrayOf(weight), bias: plus(await arrayOf(bias)) },
    neuron: { ...neuron, initialMembrane: await arrayOf(fixed.membranes[l]!) },
  }))
  const n = problem.inputs
  return {
    layers: await Promise.all(layers),
    readout: {
      weight: await arrayOf(trained.readout.weight),
      bias: await arrayOf(trained.readout.bias),
      centre: await arrayOf(fixed.centre),
    },
    normalise: {
      middle: doubles(
        [n],
        problem.domain.map(([low, high]) => (low + high) / 2),
      ),
      factor: doubles(
        [n],
        problem.domain.map(([low, high]) => 2 / (high - low)),
      ),
    },
    output: { shift: await arrayOf(fixed.output.shift), scale: await arrayOf(fixed.output.scale) },
    time: settings.time,
    surrogate: settings.surrogate,
  }
}

/** The spiking layers of a description, for a chip. */
export const floatLayers = ({ layers, time }: MlpDescription): FloatMlp => ({
  time,
  layers: layers.map(({ affine, neuron }) => ({
    weight: { rows: affine.weight.shape[0]!, columns: affine.weight.shape[1]!, values: toDoubles(affine.weight) },
    bias: toDoubles(affine.bias),
    beta: neuron.beta,
    gain: neuron.gain,
    threshold: neuron.threshold,
    // describeNetwork refuses neurons without a reset.
    reset: neuron.reset === 'none' ? 'zero' : neuron.reset,
    resetDelayed: neuron.resetDelayed,
    initialMembrane: neuron.initialMembrane === null ? null : toDoubles(neuron.initialMembrane),
  })),
})

/** The description with the weights and biases of other spiking layers, such as those that a chip learned. */
export const withLayers = (mlp: MlpDescription, { layers }: FloatMlp): MlpDescription => ({
  ...mlp,
  layers: mlp.layers.map((layer, l) => {
    const { weight, bias } = layers[l]!
    const affine = { weight: doubles([weight.rows, weight.columns], weight.values), bias: doubles([bias.length], bias) }
    return { ...layer, affine }
  }),
})
