import { host } from '#host'
import { SpikewardError, isRecord, kebabCase, treeLeaves, treePaths } from '@spikeward/core'
import type { Tensor, Tree, Variables } from '@spikeward/core'
import { doubles, mlpFromNir, neuronFromOptions, toDoubles, withParameters } from '@spikeward/nir'
import type { DescribedNeuron, MlpDescription, NirArray, NirGraph, NirParameters } from '@spikeward/nir'
import { type Factory, factories } from '../catalogue/factories.js'
import { declaredModels } from '../catalogue/kinds/neurons.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { isNirNetwork, networkLeaf, nirPathOf } from '../catalogue/kinds/networks.js'
import type { Experiment } from '../assembly/experiment.js'
import type { ShiftScale, SpikingMlpFixed, SpikingMlpTrained, SpikingMlpVariables } from '@spikeward/operators'

/** The parts of a run that its description reads. */
export type DescribedRun = {
  readonly config: TrainConfig
  readonly parts: { readonly experiment: Experiment }
  readonly variables: Variables
}

const arrayOf = async (t: Tensor): Promise<NirArray> => doubles(t.shape, Array.from(await t.data(), Number))

/** Numbers as an array of one axis. */
export const vector = (values: ArrayLike<number>): NirArray => doubles([values.length], Array.from(values))

/** The array with a function applied to each of its numbers. */
export const mapped = (a: NirArray, by: (v: number) => number): NirArray =>
  doubles(a.shape, Array.from(toDoubles(a), by))

/** The surrogate with its options, as a command line writes it. */
export function surrogateText({ surrogate, surrogateOptions }: TrainConfig): string {
  const texts = Object.entries(surrogateOptions).map(([name, value]) => `${name}=${String(value)}`)
  return texts.length === 0 || surrogate.includes('(') ? surrogate : `${surrogate}(${texts.join(',')})`
}

/** The weights by which the neurons of each layer drive each other; null if none do. */
async function feedbackOf(isRecurrent: boolean, neurons: readonly Tree[] | undefined): Promise<NirArray[] | null> {
  if (neurons === undefined) return null
  const own = neurons.map((one): Tensor => {
    const [path, ...others] = treePaths(one)
    if (!isRecurrent || path !== 'feedbackWeight' || others.length > 0)
      throw cannot('the neurons of this run have learned coefficients')
    return treeLeaves(one)[0]!
  })
  return Promise.all(own.map(arrayOf))
}

/** The map of an input from its interval to [−1, 1]; null if it is already there. */
function normaliserOf(domain: readonly (readonly [number, number])[]): MlpDescription['normalise'] {
  if (domain.every(([low, high]) => low === -1 && high === 1)) return null
  return {
    middle: vector(domain.map(([low, high]) => (low + high) / 2)),
    factor: vector(domain.map(([low, high]) => 2 / (high - low))),
  }
}

async function describeLayers(
  run: DescribedRun,
  { trained, fixed }: { readonly trained: SpikingMlpTrained; readonly fixed: Omit<SpikingMlpFixed, 'output'> },
): Promise<Pick<MlpDescription, 'layers' | 'readout' | 'time' | 'surrogate'>> {
  // In a file or on a chip, layers read only the spikes of the layer below.
  if (run.config.networkOptions['residual'] === true) throw cannot('the layers of this run are residual')
  // They multiply by a function of their weights, which continued training on a device would not keep.
  if (run.config.networkOptions['standardiseWeights'] === true)
    throw cannot('the layers of this run standardise their weights')
  const { neuron, current, isRecurrent } = await describeNeurons(run.config)
  const feedback = await feedbackOf(isRecurrent, trained.neurons)
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    affine: {
      weight: await arrayOf(weight),
      bias: mapped(await arrayOf(bias), (v) => (current === 0 ? v : v + current)),
    },
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
    time: run.config.time,
    surrogate: surrogateText(run.config),
  }
}

/**
 * The trained network of a run as plain numbers, for files and chips.
 *
 * @throws CLI_NOT_DEPLOYABLE if it is not a spiking perceptron, or its neurons have no such description
 */
export async function describeRun(run: DescribedRun): Promise<MlpDescription> {
  const { experiment } = run.parts
  if (run.config.members !== null) throw cannot('this run is an ensemble')
  if (experiment.blocks !== null)
    throw new SpikewardError(
      'CLI_NOT_DEPLOYABLE',
      `${run.config.problem} is learned by an operator network, and a NIR file holds one of its parts; add --part branch or --part trunk`,
    )
  const { network, networkOptions } = run.config
  if ((networkLeaf(network).options['code'] ?? networkOptions['code']) === 'firstSpike')
    throw cannot('this run codes by first spikes in continuous time, which the whole time steps of a chip do not have')
  if ('encode' in experiment.network) throw cannot(`${run.config.problem} is learned by the network of an equation`)
  if (run.config.spiking === 'none') throw cannot('the network of this run does not spike')
  if (isNirNetwork(network)) return mlpFromNir(await trainedGraph(run))
  const variables = run.variables as SpikingMlpVariables
  const { shift, scale } = variables.fixed.output
  return {
    ...(await describeLayers(run, variables)),
    normalise: normaliserOf(experiment.problem.domain),
    output: { shift: await arrayOf(shift), scale: await arrayOf(scale) },
  }
}

/** The two blocks of an operator network. */
export const operatorParts = ['branch', 'trunk'] as const

/** A block of an operator network. */
export type OperatorPart = (typeof operatorParts)[number]

const isSpikingBlock = (block: unknown): block is { readonly membranes: readonly Tensor[]; readonly centre: Tensor } =>
  isRecord(block) && Array.isArray(block['membranes']) && 'centre' in block

/**
 * The branch or the trunk of a run's operator network as plain numbers: its output is the code of a function, or of a
 * point. The host multiplies the two, and scales the product.
 *
 * @throws CLI_NOT_DEPLOYABLE if the network has no such block, or it does not spike
 */
export async function describePart(run: DescribedRun, part: OperatorPart): Promise<MlpDescription> {
  const { experiment } = run.parts
  if (run.config.members !== null) throw cannot('this run is an ensemble')
  if (experiment.blocks === null) throw cannot(`${run.config.problem} is not learned by an operator network`)
  const trained = (run.variables.trained as Record<string, Tree>)[part]
  const fixed = (run.variables.fixed as Record<string, Tree>)[part]
  if (!isRecord(trained) || !Array.isArray(trained['layers'])) throw cannot(`this network has no single ${part}`)
  const other = Object.keys(trained).find((name) => !['layers', 'readout', 'neurons'].includes(name))
  if (other !== undefined) throw cannot(`the ${part} of this run has ${other} besides its layers`)
  if (!isSpikingBlock(fixed)) throw cannot(`the ${part} of this run does not spike`)
  if (part === 'branch' && 'components' in fixed)
    throw cannot('the branch of this run receives principal components of its input function')
  const { problem, blocks } = experiment
  return {
    ...(await describeLayers(run, { trained: trained as SpikingMlpTrained, fixed })),
    normalise:
      part === 'trunk' ? normaliserOf(problem.domain) : scalerOf(blocks.branchInput, trained['layers'] as Affines),
    output: null,
  }
}

type Affines = SpikingMlpTrained['layers']

function scalerOf({ shift, scale }: ShiftScale, [first]: Affines): MlpDescription['normalise'] {
  const n = first!.weight.shape[0]!
  const all = (v: number | readonly number[]): number[] =>
    Array.from({ length: n }, (_, i) => (typeof v === 'number' ? v : v[i]!))
  return { middle: vector(all(shift)), factor: vector(all(scale).map((s) => 1 / s)) }
}

/** The graph of a run whose network is in a NIR file, with what the run has trained. */
export async function trainedGraph({
  config,
  variables,
}: Pick<DescribedRun, 'config' | 'variables'>): Promise<NirGraph> {
  const graph = await host.graph(nirPathOf(config.network))
  const values: Record<string, Record<string, NirArray>> = {}
  // The factory of such a network fixes the structure of its variables.
  for (const [node, parameters] of Object.entries(variables.trained as NirParameters)) {
    const own: Record<string, NirArray> = {}
    for (const [name, t] of Object.entries(parameters)) own[name] = doubles(t.shape, Array.from(await t.data(), Number))
    values[node] = own
  }
  return withParameters(graph, values)
}

const isNode = (node: unknown): node is 'LIF' | 'IF' => node === 'LIF' || node === 'IF'

const described = (): string =>
  Object.entries<Factory>(factories.neuron)
    .filter(([, { declaration }]) => isNode(declaration.facts['nirNode']))
    .map(([name]) => name)
    .join(' or ')

export const cannot = (what: string): SpikewardError =>
  new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    `${what}; only a run of a spiking perceptron with leaky or plain integrate-and-fire neurons (${described()}) can be exported and quantised`,
  )

export type DescribedNeurons = DescribedNeuron & { readonly isRecurrent: boolean }

/** How to train without what an option does, where leaving out its flag is not enough. */
const remedies: Readonly<Record<string, string>> = {
  resetDetached: 'train without --no-reset-detached',
  decayInput: 'train with a smaller --beta, or without --decay-input',
}

const cannotFor = (reason: string, option?: string): SpikewardError =>
  cannot(option === undefined ? reason : `${reason}: ${remedies[option] ?? `train without --${kebabCase(option)}`}`)

export async function describeNeurons({ neuron, neuronOptions }: TrainConfig): Promise<DescribedNeurons> {
  const models = await declaredModels(neuron, neuronOptions)
  const [model, wrapper, ...more] = models.toReversed()
  // Feedback weights are a Linear node; the gain of their initial values is trained away.
  const fits = more.length === 0 && (wrapper === undefined || wrapper?.facts['nirNode'] === 'Linear')
  if (!model || !fits) throw cannot(`the neurons are ${neuron}`)
  return {
    ...neuronFromOptions({ ...model, name: neuron }, model.values, cannotFor),
    isRecurrent: wrapper !== undefined,
  }
}
