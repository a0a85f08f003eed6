/** Makes the network of a run: its declared options are read from problem, data and settings. */
import type {
  FloatDType,
  Network,
  OperatorData,
  OperatorNetwork,
  OperatorProblem,
  OperatorTensors,
  PinnProblem,
  RegressionProblem,
  Sensors,
  Tree,
} from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import {
  operatorReadoutPath,
  podBasis,
  principalComponents,
  sharedOperatorReadout,
  solveOperatorReadout,
  solvePhysicsReadout,
  standardise,
  standardiseOutputs,
  standardiseSensors,
  standardiseSensorsAndAmplitude,
} from '@spikeward/operators'
import type {
  BlockOptions,
  BranchOptions,
  FeatureNetwork,
  OutputScale,
  PrincipalComponents,
  ShiftScale,
  SolveOperatorReadoutOptions,
  SolvePhysicsReadoutOptions,
  WithCentre,
  WithReadout,
} from '@spikeward/operators'
import type { Callback as TrainCallback, Variables } from '@spikeward/train'
import { makeNetwork } from '../../catalogue/kinds/networks.js'
import type { NetworkEntry } from '../../catalogue/kinds/networks.js'
import type { OptionValues } from '../../catalogue/optionValues.js'
import { genericSizes } from '../../config/settings/genericSizes.js'
import type { Widths } from '../../catalogue/kinds/networkSizes.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import { pick } from '../../usage/pick.js'
import { deepLayerSettings, spikings, withoutSpikingBlock } from '../../config/spikings.js'
import { blockOf } from './spikingBlocks.js'
import type { Units } from './spikingBlocks.js'

/** Variables of a network whose readout can be solved for. */
export type FeatureVariables = Variables & { readonly trained: WithReadout; readonly fixed: WithCentre }

/** A network of points: its readout can be solved if it exposes its features. */
export type PointNetwork = Network<Variables> & Partial<Pick<FeatureNetwork<FeatureVariables>, 'features'>>

/** A network of points that shows its features. */
export type FeaturesOf = FeatureNetwork<FeatureVariables>

/** Whether a network of points shows the features that its readout is an affine function of. */
export const showsFeatures = (network: PointNetwork): network is PointNetwork & FeatureNetwork<FeatureVariables> =>
  typeof network.features === 'function'

/** The network of a function of points. */
export async function pointNetwork(
  { network, networkOptions, hidden }: TrainConfig,
  entry: NetworkEntry,
  problem: RegressionProblem,
  { neuron, surrogate, time, atThreshold = 0 }: Units,
): Promise<PointNetwork> {
  const given = {
    inputs: () => problem.inputs,
    outputs: () => problem.outputs,
    hidden: () => hidden ?? [],
    time: () => time,
    neuron: () => neuron,
    surrogate: () => surrogate,
    spike: () => spike(surrogate, { atThreshold }),
    domain: () => problem.domain,
    output: () => standardise(problem.points('train')),
    dtype: () => 'f32',
  }
  // The kind of a declaration fixes what its factory returns.
  return (await makeNetwork(network, entry, networkOptions, given, ['init', 'apply'])) as PointNetwork
}

type Callback = Omit<TrainCallback<Tree, Tree, OperatorTensors>, 'every'>

type Path = { run(variables: Variables, data: OperatorTensors, precision: FloatDType): readonly Tree[] }

/** An operator network, and how its readouts are solved for. */
export type MadeOperator = {
  readonly network: OperatorNetwork<Variables, Tree>
  /** The learned variables with the readouts that fit data best; null if the network does not show its features. */
  readonly solve: ((options: SolveOperatorReadoutOptions) => Callback) | null
  /** The same for each of several penalties; null where `solve` is. */
  readonly path: ((options: SolveOperatorReadoutOptions, penalties: readonly number[]) => Path) | null
  /** The same from the equation alone; null if the trunk is not a function that can be differentiated. */
  readonly solvePhysics: ((options: SolvePhysicsReadoutOptions) => Callback) | null
}

/** The parts of an operator network besides the settings of the run. */
export type OperatorParts = {
  readonly problem: OperatorProblem
  /** Training functions as the network is given them. */
  readonly train: OperatorData
  /** Whether they have one more column, of the amplitude. */
  readonly told: 0 | 1
  /** The output scaling to mean 0 and deviation 1. */
  readonly output: OutputScale
  readonly units: Units
  readonly branch: Widths
  readonly trunk: Widths
  readonly features: number
  /** Principal components of the input functions, of a stored state; null: computed when the network is initialised. */
  readonly components: PrincipalComponents | null
}

/** Functions on which a spiking branch is centred. */
const SAMPLE = 256

const operatorFunctions = ['init', 'encode', 'decode', 'apply'] as const

/** The input functions of a problem, and where their sensors start in a row. */
const functionsOf = ({ count, functions = [{ name: 'f', count }] }: Sensors) =>
  functions.map((one, i) => ({ ...one, start: functions.slice(0, i).reduce((n, before) => n + before.count, 0) }))

/** Columns of rows of sensor values. */
function columnsOf(rows: Float64Array, width: number, start: number, count: number): Float64Array {
  const n = rows.length / width
  const own = new Float64Array(n * count)
  for (let r = 0; r < n; r++) own.set(rows.subarray(r * width + start, r * width + start + count), r * count)
  return own
}

/** How sensor values are standardised for the branch: each input function has its own mean and deviation. */
export function branchInputOf({ sensors: rows }: OperatorData, told: 0 | 1, sensors: Sensors): ShiftScale {
  const { count } = sensors
  if (told === 1) return standardiseSensorsAndAmplitude({ sensors: rows }, count)
  const functions = functionsOf(sensors)
  if (functions.length === 1) return standardiseSensors({ sensors: rows })
  const each = functions.map((f) => {
    const { shift, scale } = standardiseSensors({ sensors: columnsOf(rows, count, f.start, f.count) })
    return Array.from({ length: f.count }, () => ({ shift, scale }))
  })
  return { shift: each.flat().map((one) => one.shift), scale: each.flat().map((one) => one.scale) }
}

/** A branch for each input function, of the same widths. */
function branchesOf(rows: Float64Array, sensors: Sensors, block: () => BlockOptions): BranchOptions[] {
  return functionsOf(sensors).map((f) => {
    const own = columnsOf(rows, sensors.count, f.start, f.count)
    return {
      sensors: f.count,
      branch: block(),
      input: standardiseSensors({ sensors: own }),
      sample: own.slice(0, SAMPLE * f.count),
    }
  })
}

/** The options of a network, without those of spiking layers if it has no spiking block; a command line notes that it ignores them. */
function optionsOf({ network, networkOptions, spiking }: TrainConfig, entry: NetworkEntry): OptionValues {
  if (withoutSpikingBlock(network, entry, spiking ?? 'branch,trunk', networkOptions['code']) === null)
    return networkOptions
  const ignored: readonly string[] = deepLayerSettings
  return Object.fromEntries(Object.entries(networkOptions).filter(([name]) => !ignored.includes(name)))
}

/** The network of an operator. */
export async function operatorNetwork(
  config: TrainConfig,
  entry: NetworkEntry,
  { problem, train, told, output, units, branch, trunk, features, components }: OperatorParts,
): Promise<MadeOperator> {
  const { network: text, spiking, rank } = config
  const spikes = pick('choice of spiking parts', spiking ?? 'branch,trunk', spikings)
  const columns = problem.sensors.count + told
  const given = {
    sensors: () => columns,
    input: () => branchInputOf(train, told, problem.sensors),
    sample: () => train.sensors.slice(0, SAMPLE * columns),
    // Of another network, whose checkpoint does not fit, those of this one are computed.
    principal: () => (k: number) =>
      components?.components === k && components.mean.length === columns
        ? components
        : principalComponents(train.sensors, train.count, k),
    axes: () => problem.axes.length,
    domain: () => problem.domain,
    outputs: () => problem.outputs,
    features: () => features,
    rank: () => rank ?? genericSizes.rank,
    output: () => output,
    branch: () => blockOf(units, entry.block, branch, spikes.branch),
    branches: () =>
      branchesOf(train.sensors, problem.sensors, () => blockOf(units, entry.block, branch, spikes.branch)),
    trunk: () => blockOf(units, entry.block, trunk, spikes.trunk),
    basis: () => podBasis(train.values, train.count, features),
    at: () => problem.at,
    scale: () => standardiseOutputs(train).scale[0] ?? 1,
    time: () => units.time,
    neuron: () => units.neuron,
    surrogate: () => units.surrogate,
    dtype: () => 'f32',
  }
  const network = (await makeNetwork(
    text,
    entry,
    optionsOf(config, entry),
    given,
    operatorFunctions,
  )) as OperatorNetwork<Variables, Tree>
  const solvesTrunk = 'trunkFeatures' in network && network.outputs === 1
  if (!('branchFeatures' in network || solvesTrunk)) return { network, solve: null, path: null, solvePhysics: null }
  const solvable = network as Parameters<typeof solveOperatorReadout>[0]
  return {
    network,
    solve: (o) => ({ run: solveOperatorReadout(solvable, o), shared: sharedOperatorReadout(solvable, o) }),
    path: (o, penalties) => ({ run: operatorReadoutPath(solvable, o, penalties) }),
    solvePhysics:
      'branchFeatures' in network && entry.hasOption('trunk')
        ? (o) => ({ run: solvePhysicsReadout(network as Parameters<typeof solvePhysicsReadout>[0], o) })
        : null,
  }
}

/** The network of the solution of one equation. */
export async function coordinateNetwork(
  config: TrainConfig,
  entry: NetworkEntry,
  problem: PinnProblem,
  units: Units,
  hidden: Widths,
): Promise<OperatorNetwork<Variables, Tree, null>> {
  const { network, spiking, rank } = config
  const spikes = pick('choice of spiking parts', spiking ?? 'branch,trunk', spikings)
  const block = () => blockOf(units, entry.block, hidden, spikes.trunk)
  const given = {
    axes: () => problem.axes.length,
    outputs: () => problem.outputs,
    domain: () => problem.domain,
    block,
    trunk: block,
    rank: () => rank ?? genericSizes.rank,
    time: () => units.time,
    neuron: () => units.neuron,
    surrogate: () => units.surrogate,
    dtype: () => 'f32',
  }
  return (await makeNetwork(network, entry, optionsOf(config, entry), given, operatorFunctions)) as OperatorNetwork<
    Variables,
    Tree,
    null
  >
}
