import { SpikewardError, treeLeaves, treePaths } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { doubles, mlpFromNir } from '@spikeward/nir'
import type { MlpDescription, NeuronDescription, NirArray } from '@spikeward/nir'
import type { SpikingMlpVariables } from '@spikeward/operators'
import { trainedGraph } from './trainedGraph.js'
import { isNirNetwork } from '../catalogue/nirNetworks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { OpenedRun } from '../run/openFinished.js'

const cannot = (what: string): SpikewardError =>
  new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    `${what}; only a run of a spiking perceptron with leaky (lif) or plain (if) integrate-and-fire neurons can be exported and quantised`,
  )

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, Array.from(await t.data(), Number))

/** Whether the neurons of a layer drive each other. */
const isRecurrent = ({ neuron }: TrainConfig): boolean => neuron.startsWith('recurrent(')

/** The surrogate with its options, as a command line writes it. */
export function surrogateText({ surrogate, surrogateOptions }: TrainConfig): string {
  const given = Object.entries(surrogateOptions).map(([name, value]) => `${name}=${String(value)}`)
  return given.length === 0 || surrogate.includes('(') ? surrogate : `${surrogate}(${given.join(',')})`
}

/** The weights by which the neurons of each layer drive each other; null if none do. */
async function feedbackOf({ config }: OpenedRun, neurons: readonly Tree[] | undefined): Promise<NirArray[] | null> {
  if (neurons === undefined) return null
  const own = neurons.map((one): Tensor => {
    const [path, ...others] = treePaths(one)
    if (!isRecurrent(config) || path !== 'feedbackWeight' || others.length > 0)
      throw cannot('the neurons of this run have learned coefficients')
    return treeLeaves(one)[0]!
  })
  return Promise.all(own.map(arrayOf))
}

/** Coefficients of the neurons that a run was trained with. */
function neuronOf({ config }: OpenedRun): Omit<NeuronDescription, 'initialMembrane'> {
  const neuron = /^recurrent\((\w+)\)$/.exec(config.neuron)?.[1] ?? config.neuron
  const { beta, reset = 'subtract', ...rest } = config.neuronOptions
  // The gain of the initial feedback weights, which the run has trained since.
  const more = Object.fromEntries(Object.entries(rest).filter(([name]) => !(isRecurrent(config) && name === 'gain')))
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
  if (isNirNetwork(run.config.network)) return mlpFromNir(await trainedGraph(run))
  // In a file or on a chip, layers read only the spikes of the layer below.
  if (run.config.networkOptions['residual'] === true) throw cannot('the layers of this run are residual')
  const neuron = neuronOf(run)
  const { trained, fixed } = run.variables as SpikingMlpVariables
  const feedback = await feedbackOf(run, trained.neurons)
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    affine: { weight: await arrayOf(weight), bias: await arrayOf(bias) },
    neuron: { ...neuron, initialMembrane: await arrayOf(fixed.membranes[l]!) },
    ...(feedback === null ? {} : { feedback: feedback[l]! }),
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
    surrogate: surrogateText(run.config),
  }
}
