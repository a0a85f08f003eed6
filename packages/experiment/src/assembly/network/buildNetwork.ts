/** Makes the network of a run: its declared options are read from problem, data and settings. */
import type { TrainConfig } from '../../config/trainConfig.js'
import { blockOf, spikingParts, standardise } from '@spikeward/operators'
import type { FeatureNetwork, OperatorSizes, SpikingUnits, WithCentre, WithReadout } from '@spikeward/operators'
import { makeSpikingModel, makeSurrogate } from '../../catalogue/kinds/neurons.js'
import { tanh } from '@spikeward/core'
import type {
  Domain,
  HostCoords,
  Network,
  NeuronModel,
  OperatorNetwork,
  OperatorProblem,
  PinnProblem,
  RegressionProblem,
  Tree,
} from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import type { JsonRecord, Variables } from '@spikeward/train'
import { type NetworkEntry, asInFolder, makeNetwork, nirPathOf } from '../../catalogue/kinds/networks.js'
import type { OptionValues } from '../../catalogue/optionValues.js'
import { genericSizes } from '../../catalogue/kinds/networkSizes.js'
import { pick } from '../../usage/usageError.js'
import { deepLayerSettings, withoutSpikingBlock } from '../../config/networkPart.js'
import { host } from '#host'
import { leafOf } from '../../catalogue/make.js'
import type { ProblemKind } from '../../catalogue/kinds/problems.js'
import { isEquationFile } from '../../plugins/reference.js'

export type FeatureVariables = Variables & { readonly trained: WithReadout; readonly fixed: WithCentre }

/** A network of points: its readout can be solved if it exposes its features. */
export type PointNetwork = Network<Variables> & Partial<Pick<FeatureNetwork<FeatureVariables>, 'features'>>

export type RebuiltNetwork =
  | Network<Variables>
  | OperatorNetwork<Variables, Tree>
  | OperatorNetwork<Variables, Tree, null>

export type FeaturesOf = FeatureNetwork<FeatureVariables>

export const showsFeatures = (network: PointNetwork): network is PointNetwork & FeatureNetwork<FeatureVariables> =>
  typeof network.features === 'function'

/**
 * The options that the data of a function of points determine: its numbers of inputs and outputs, its domain and the
 * scale of its outputs.
 */
export const pointData = (problem: RegressionProblem): FromData => ({
  inputs: () => problem.inputs,
  outputs: () => problem.outputs,
  domain: () => problem.domain,
  output: () => standardise(problem.points('train')),
})

export async function pointNetwork(
  { network, networkOptions, hidden, spiking }: NetworkSettings,
  entry: NetworkEntry,
  data: FromData,
  { neuron, surrogate, time, atThreshold = 0 }: SpikingUnits,
): Promise<PointNetwork> {
  const dense = spiking === 'none'
  const supplied = {
    ...data,
    hidden: () => hidden ?? [],
    time: () => (dense ? 1 : time),
    neuron: () => (dense ? tanhUnits : neuron),
    surrogate: () => surrogate,
    spike: () => spike(surrogate, { atThreshold }),
    dtype: () => 'f32',
  }
  // The kind of a declaration fixes what its factory returns.
  return (await makeNetwork(network, entry, networkOptions, supplied, ['init', 'apply'])) as PointNetwork
}

/** The units of a dense network of points in the place of neurons: tanh of the current, for one step. */
const tanhUnits: NeuronModel = {
  name: 'tanh',
  init: () => ({}),
  rest: () => ({}),
  step: (_, state, current) => ({ state, output: tanh(current) }),
}

const operatorFunctions = ['init', 'encode', 'decode', 'apply'] as const

/**
 * The options of a network, without those of spiking layers if it has no spiking block; a command line notes that it
 * ignores them.
 */
function optionsOf({ network, networkOptions, spiking }: NetworkSettings, entry: NetworkEntry): OptionValues {
  if (withoutSpikingBlock(network, entry, spiking ?? 'branch,trunk', networkOptions['code']) === null)
    return networkOptions
  const ignored: readonly string[] = deepLayerSettings
  return Object.fromEntries(Object.entries(networkOptions).filter(([name]) => !ignored.includes(name)))
}

export const operatorSizes = (
  { branch, trunk, features, rank, spiking }: NetworkSettings,
  entry: NetworkEntry,
  units: SpikingUnits,
): OperatorSizes => ({
  units,
  branch: branch ?? genericSizes.branch,
  trunk: trunk ?? genericSizes.trunk,
  features: features ?? genericSizes.features,
  rank: rank ?? genericSizes.rank,
  spiking: pick('choice of spiking parts', spiking ?? 'branch,trunk', spikingParts),
  form: entry.block,
})

/** The network of an operator, without its output transform. */
export async function bareOperatorNetwork(
  config: NetworkSettings,
  entry: NetworkEntry,
  supplies: FromData,
): Promise<OperatorNetwork<Variables, Tree>> {
  return (await makeNetwork(
    config.network,
    entry,
    optionsOf(config, entry),
    supplies,
    operatorFunctions,
  )) as OperatorNetwork<Variables, Tree>
}

/** The options of the network of one equation that the equation determines. */
export const equationData = (problem: PinnProblem): FromData => ({
  axes: () => problem.axes.length,
  outputs: () => problem.outputs,
  domain: () => problem.domain,
})

export async function coordinateNetwork(
  config: NetworkSettings,
  entry: NetworkEntry,
  data: FromData,
  units: SpikingUnits,
): Promise<OperatorNetwork<Variables, Tree, null>> {
  const { network, spiking, rank, hidden } = config
  const spikes = pick('choice of spiking parts', spiking ?? 'branch,trunk', spikingParts)
  const block = () => blockOf(units, entry.block, hidden ?? genericSizes.hidden, spikes.trunk)
  const supplied = {
    ...data,
    block,
    trunk: block,
    rank: () => rank ?? genericSizes.rank,
    time: () => units.time,
    neuron: () => units.neuron,
    surrogate: () => units.surrogate,
    dtype: () => 'f32',
  }
  return (await makeNetwork(network, entry, optionsOf(config, entry), supplied, operatorFunctions)) as OperatorNetwork<
    Variables,
    Tree,
    null
  >
}

export const networkSettingNames = [
  ...['network', 'networkOptions', 'hidden', 'branch', 'trunk', 'features', 'rank', 'time', 'spiking'],
  ...['neuron', 'neuronOptions', 'surrogate', 'surrogateOptions'],
] as const satisfies readonly (keyof TrainConfig)[]

export type NetworkSettings = Pick<TrainConfig, (typeof networkSettingNames)[number]>

/** The options of a network that the data determine, by name: each is computed when it is called. */
export type FromData = Readonly<Record<string, () => unknown>>

export async function unitsOf(config: NetworkSettings): Promise<SpikingUnits> {
  const { model, spikeOptions } = await makeSpikingModel(config.neuron, config.neuronOptions)
  const surrogate = await makeSurrogate(config.surrogate, config.surrogateOptions)
  return { neuron: model, surrogate, time: config.time, ...spikeOptions }
}

/**
 * Where the conditions come from that are built into the output: a problem by name, or the part of an equation that
 * states them.
 */
export type ConditionsRecord =
  | { readonly problem: string; readonly options: OptionValues; readonly key: number }
  | { readonly equation: JsonRecord }

export type NetworkRecord = {
  readonly version: 1
  readonly kind: ProblemKind
  readonly settings: NetworkSettings
  /** The options that the data of the run determined, by name: domain, scales, numbers of sensors and so on. */
  readonly data: JsonRecord
  /**
   * The input and the output: coordinates of a point and their domain, outputs, and sensor values of an input function
   * (null: there is none).
   */
  readonly shape: {
    readonly inputs: number
    readonly domain: Domain
    readonly outputs: number
    readonly sensors: number | null
    /** Names of the classes of a sequence, whose probabilities the outputs are. Absent: the outputs are no classes. */
    readonly classes?: readonly string[]
  }
  /** The amplitude that is divided out of input functions; null: none. */
  readonly amplitude: { readonly unit: number; readonly told: boolean } | null
  readonly conditions: ConditionsRecord | null
  /** The networks whose mean predicts. Absent: it is one. */
  readonly members?: number
  /** Whether the network is a time-stepper, whose outputs are increments. Absent: it is not. */
  readonly rollout?: true | undefined
  /** The first values of the unknown coefficients of an equation; null: there are none. */
  readonly coefficients: Readonly<Record<string, number>> | null
  /** The NIR file of the network in base64; null: it has none. */
  readonly nir: string | null
}

/**
 * The options that data determine and that are stored as JSON. The others are among the variables, or act on the
 * initial ones alone.
 */
const stored = [
  'inputs',
  'outputs',
  'domain',
  'output',
  'axes',
  'sensors',
  'input',
  'branches',
  'at',
  'grid',
  'nodes',
  'periodic',
  'sensorGrid',
  'scale',
  'steps',
  'scored',
  'classes',
  'elapsed',
] as const

type Branch = { readonly sensors: number; readonly input?: unknown }

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, v: unknown) => (ArrayBuffer.isView(v) ? Array.from(v as Float64Array) : v)))

const storedOptions = ({ hasOption }: NetworkEntry, data: FromData): JsonRecord =>
  Object.fromEntries(
    stored
      .filter((name) => hasOption(name) && data[name] !== undefined)
      .map((name) => {
        const value = data[name]!()
        const plain =
          name === 'branches' ? (value as readonly Branch[]).map(({ sensors, input }) => ({ sensors, input })) : value
        return [name, asJson(plain)]
      }),
  ) as JsonRecord

export const coordsOf = (at: unknown): HostCoords => {
  const { kind, axes, x } = at as { readonly kind: string; readonly axes: never; readonly x?: readonly number[] }
  return kind === 'grid'
    ? { kind, axes: (axes as readonly (readonly number[])[]).map((nodes) => Float64Array.from(nodes)) }
    : { kind: 'points', axes, x: Float64Array.from(x ?? []) }
}

type Whole = Pick<NetworkRecord, 'kind' | 'shape'> &
  Partial<Pick<NetworkRecord, 'amplitude' | 'coefficients' | 'rollout'>> & {
    /** The problem whose conditions are built into the output; absent: none are. */
    readonly conditionsOf?: OperatorProblem | PinnProblem
  }

export async function networkRecord(
  config: TrainConfig,
  entry: NetworkEntry,
  data: FromData,
  { kind, shape, conditionsOf: problem, amplitude = null, coefficients = null, rollout }: Whole,
): Promise<JsonRecord> {
  const settings = Object.fromEntries(networkSettingNames.map((name) => [name, config[name]])) as NetworkSettings
  const record: NetworkRecord = {
    version: 1,
    kind,
    settings: { ...settings, network: asInFolder(config.network) },
    data: storedOptions(entry, data),
    shape,
    amplitude,
    ...(rollout === undefined ? {} : { rollout }),
    ...(config.members === null ? {} : { members: config.members }),
    conditions: problem === undefined ? null : await conditionsOf(config, problem),
    coefficients,
    nir: entry.graph === null ? null : toBase64(await host.graphBytes(nirPathOf(config.network))),
  }
  return asJson(record) as JsonRecord
}

async function conditionsOf(
  { problem: text, problemOptions, dataKey }: TrainConfig,
  problem: OperatorProblem | PinnProblem,
): Promise<ConditionsRecord> {
  const { name } = leafOf('problem', text)
  if (!isEquationFile(name)) return { problem: text, options: problemOptions, key: dataKey }
  return { equation: await host.conditionsOf(name, problem) }
}
