import { SpikewardError } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { doubles } from '@spikeward/nir'
import type { MlpDescription, NeuronDescription, NirArray } from '@spikeward/nir'
import type { SpikingMlpVariables } from '@spikeward/operators'
import type { OpenedRun } from '../run/openFinished.js'

const cannot = (what: string): SpikewardError =>
  new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    `${what}; only a run of a spiking perceptron with leaky (lif) or plain (if) integrate-and-fire neurons can be exported and quantised`,
  )

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, Array.from(await t.data(), Number))

/** Coefficients of the neurons that a run was trained with. */
function neuronOf({ config }: OpenedRun): Omit<NeuronDescription, 'initialMembrane'> {
  const { neuron } = config
  const { beta, reset = 'subtract', ...more } = config.neuronOptions
  if (neuron !== 'lif' && neuron !== 'if') throw cannot(`the neurons of this run are ${neuron}`)
  const [other] = Object.keys(more)
  if (other !== undefined) throw cannot(`the neurons of this run have their own ${other}`)
  if (reset !== 'subtract' && reset !== 'zero' && reset !== 'none')
    throw cannot(`the reset of this run is ${String(reset)}`)
  if (neuron === 'lif' && typeof beta !== 'number') throw cannot('this run does not store its leak (beta)')
  return {
    beta: typeof beta === 'number' && neuron === 'lif' ? beta : 1,
    gain: 1,
    threshold: 1,
    reset,
    resetMembrane: 0,
    resetDelayed: true,
  }
}

/** The map of an input from its interval to [−1, 1]; null if it is already there. */
function normaliserOf(domain: readonly (readonly [number, number])[]): MlpDescription['normalise'] {
  if (domain.every(([low, high]) => low === -1 && high === 1)) return null
  const n = domain.length
  return {
    middle: doubles(
      [n],
      domain.map(([low, high]) => (low + high) / 2),
    ),
    factor: doubles(
      [n],
      domain.map(([low, high]) => 2 / (high - low)),
    ),
  }
}

/**
 * The trained network of a run as plain numbers, for files and chips.
 *
 * @throws CLI_NOT_DEPLOYABLE if it is not a spiking perceptron, or its neurons have no such description
 */
export async function describeRun(run: OpenedRun): Promise<MlpDescription> {
  const { experiment } = run.parts
  if (experiment.kind !== 'regression')
    throw cannot(`${run.config.problem} is learned by an operator network or a PINN`)
  // In a file or on a chip, layers read only the spikes of the layer below.
  if (run.config.networkOptions['residual'] === true) throw cannot('the layers of this run are residual')
  const neuron = neuronOf(run)
  const { trained, fixed } = run.variables as SpikingMlpVariables
  if (trained.neurons !== undefined) throw cannot('the neurons of this run have learned coefficients')
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    affine: { weight: await arrayOf(weight), bias: await arrayOf(bias) },
    neuron: { ...neuron, initialMembrane: await arrayOf(fixed.membranes[l]!) },
  }))
  return {
    layers: await Promise.all(layers),
    readout: {
      weight: await arrayOf(trained.readout.weight),
      bias: await arrayOf(trained.readout.bias),
      centre: await arrayOf(fixed.centre),
    },
    normalise: normaliserOf(experiment.problem.domain),
    output: { shift: await arrayOf(fixed.output.shift), scale: await arrayOf(fixed.output.scale) },
    time: run.config.time,
    surrogate: run.config.surrogate,
  }
}
