import { SpikewardError, isRecord } from '@spikeward/core'
import type { RegressionProblem, Tensor } from '@spikeward/core'
import { doubles, toDoubles } from '@spikeward/nir'
import type { MlpDescription, NeuronDescription, NirArray } from '@spikeward/nir'
import type { FloatMlp } from '@spikeward/chip'
import type { SpikingMlpVariables } from '@spikeward/operators'
import type { Settings } from '../../settings/settings.js'

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, Array.from(await t.data(), Number))

const cannot = (what: string): SpikewardError =>
  new SpikewardError(
    'DEMO_NOT_FOR_CHIP',
    `${what}; a chip here has leaky or plain integrate-and-fire neurons that are reset: choose one of them`,
  )

/** Coefficients of the neurons that the settings name. */
function neuronOf({ neuron, neuronOptions }: Settings): Omit<NeuronDescription, 'initialMembrane'> {
  const isLeaky = ['leakyIntegrateAndFire', 'lif'].includes(neuron)
  if (!isLeaky && !['integrateAndFire', 'if'].includes(neuron)) throw cannot(`the neurons are ${neuron}`)
  const { beta, reset = 'subtract', ...more } = neuronOptions
  const [other] = Object.keys(more)
  if (other !== undefined) throw cannot(`the neurons have their own ${other}`)
  if (reset !== 'subtract' && reset !== 'zero') throw cannot(`the reset of the neurons is ${reset}`)
  const leak = isLeaky ? Number(beta) : 1
  if (!Number.isFinite(leak)) throw cannot('the leak of the neurons is not set')
  return {
    beta: leak,
    gain: 1,
    threshold: 1,
    reset,
    resetMembrane: 0,
    resetDelayed: true,
  }
}

/** The network of the page as plain numbers, for a NIR file and for a chip. */
export async function describeNetwork(
  settings: Settings,
  problem: RegressionProblem,
  { trained, fixed }: SpikingMlpVariables,
): Promise<MlpDescription> {
  if (isRecord(trained.neurons)) throw cannot('the neurons have learned coefficients')
  const neuron = neuronOf(settings)
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    affine: { weight: await arrayOf(weight), bias: await arrayOf(bias) },
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
