/** Makes the network of a run: its declared options are read from problem, data and settings. */
import { tanh } from '@spikeward/core'
import type { Network, NeuronModel, OperatorNetwork, PinnProblem, RegressionProblem, Tree } from '@spikeward/core'
import { spike } from '@spikeward/neurons'
import { blockOf, spikingParts, standardise, suppliedOptions } from '@spikeward/operators'
import type {
  FeatureNetwork,
  OperatorSizes,
  PreparedOperator,
  SpikingUnits,
  WithCentre,
  WithReadout,
} from '@spikeward/operators'
import type { Variables } from '@spikeward/train'
import { makeNetwork } from '../../catalogue/kinds/networks.js'
import type { NetworkEntry } from '../../catalogue/kinds/networks.js'
import type { OptionValues } from '../../catalogue/optionValues.js'
import { genericSizes } from '@spikeward/problems/defaults'
import type { Widths } from '../../catalogue/kinds/networkSizes.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import { pick } from '../../usage/pick.js'
import { deepLayerSettings, withoutSpikingBlock } from '../../config/withoutSpikingBlock.js'

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
  { network, networkOptions, hidden, spiking }: TrainConfig,
  entry: NetworkEntry,
  problem: RegressionProblem,
  { neuron, surrogate, time, atThreshold = 0 }: SpikingUnits,
): Promise<PointNetwork> {
  const dense = spiking === 'none'
  const given = {
    inputs: () => problem.inputs,
    outputs: () => problem.outputs,
    hidden: () => hidden ?? [],
    time: () => (dense ? 1 : time),
    neuron: () => (dense ? tanhUnits : neuron),
    surrogate: () => surrogate,
    spike: () => spike(surrogate, { atThreshold }),
    domain: () => problem.domain,
    output: () => standardise(problem.points('train')),
    dtype: () => 'f32',
  }
  // The kind of a declaration fixes what its factory returns.
  const made = (await makeNetwork(network, entry, networkOptions, given, ['init', 'apply'])) as PointNetwork
  if (!dense) return made
  // It has no neurons to record.
  const { record: _, ...rest } = made
  return rest
}

/** The units of a dense network of points in the place of neurons: tanh of the current, for one step. */
const tanhUnits: NeuronModel = {
  name: 'tanh',
  init: () => ({}),
  rest: () => ({}),
  step: (_, state, current) => ({ state, output: tanh(current) }),
}

const operatorFunctions = ['init', 'encode', 'decode', 'apply'] as const

/** The options of a network, without those of spiking layers if it has no spiking block; a command line notes that it ignores them. */
function optionsOf({ network, networkOptions, spiking }: TrainConfig, entry: NetworkEntry): OptionValues {
  if (withoutSpikingBlock(network, entry, spiking ?? 'branch,trunk', networkOptions['code']) === null)
    return networkOptions
  const ignored: readonly string[] = deepLayerSettings
  return Object.fromEntries(Object.entries(networkOptions).filter(([name]) => !ignored.includes(name)))
}

/** The network of an operator, without its output transform. */
export async function bareOperatorNetwork(
  config: TrainConfig,
  entry: NetworkEntry,
  prepared: PreparedOperator,
  sizes: OperatorSizes,
): Promise<OperatorNetwork<Variables, Tree>> {
  const given = suppliedOptions(prepared, sizes)
  return (await makeNetwork(
    config.network,
    entry,
    optionsOf(config, entry),
    given,
    operatorFunctions,
  )) as OperatorNetwork<Variables, Tree>
}

/** The network of the solution of one equation. */
export async function coordinateNetwork(
  config: TrainConfig,
  entry: NetworkEntry,
  problem: PinnProblem,
  units: SpikingUnits,
  hidden: Widths,
): Promise<OperatorNetwork<Variables, Tree, null>> {
  const { network, spiking, rank } = config
  const spikes = pick('choice of spiking parts', spiking ?? 'branch,trunk', spikingParts)
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
