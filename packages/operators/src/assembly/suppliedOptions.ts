import { type PrincipalComponents, principalComponents } from '../statistics/principalComponents.js'
import { podBasis } from '../statistics/podBasis.js'
import { standardiseOutputs } from '../statistics/standardiseOperator.js'
import type { SpikingUnits } from '../blocks/modifiedBlock.js'
import type { PreparedOperator } from './prepareOperator.js'
import { commonGrid, commonNodes, gridOfSensors, periodicAxes } from './commonGrid.js'
import { branchesOf, sampleOf } from './sensorColumns.js'
import { type BlockForm, type SpikingParts, blockOf, spikingParts } from './spikingParts.js'

/** The sizes and the units of an operator network. */
export type OperatorSizes = {
  readonly units: SpikingUnits
  /** Units of each hidden layer of the branch, or of each branch. */
  readonly branch: readonly number[]
  /** Units of each hidden layer of the trunk, or of the trunk of each axis. */
  readonly trunk: readonly number[]
  /** Length of the product of branch and trunk (p). */
  readonly features: number
  /** Products of axis functions for each feature, of separable networks. Default 1. */
  readonly rank?: number
  /** Default: branch and trunk. */
  readonly spiking?: SpikingParts
  /** Default `plain`. */
  readonly form?: BlockForm
  /**
   * Principal components of the input functions, such as those of a checkpoint. Default: computed from the training
   * functions.
   */
  readonly components?: PrincipalComponents | null
}

/**
 * The values of the options of an operator network that follow from its sizes alone, by name: blocks, units and
 * lengths.
 */
export function sizedOptions(sizes: OperatorSizes) {
  const { units, branch, trunk, features, rank = 1, spiking = spikingParts['branch,trunk'], form = 'plain' } = sizes
  return {
    features: () => features,
    rank: () => rank,
    branch: () => blockOf(units, form, branch, spiking.branch),
    trunk: () => blockOf(units, form, trunk, spiking.trunk),
    time: () => units.time,
    neuron: () => units.neuron,
    surrogate: () => units.surrogate,
    /** Of a network without branch and trunk: smooth if no branch would spike. */
    units: () => (spiking.branch ? units : null),
    dtype: () => 'f32',
  }
}

/**
 * The values of the options of an operator network that follow from a prepared operator and from sizes, by the names
 * that networks declare: the number of sensors, the scales, the blocks, a basis of the solutions, and so on. Each is
 * computed when it is called.
 */
export function suppliedOptions(
  { problem, train, told, branchInput, output }: PreparedOperator,
  sizes: OperatorSizes,
): Readonly<Record<string, () => unknown>> {
  const { features, components = null } = sizes
  const columns = problem.sensors.count + told
  const sized = sizedOptions(sizes)
  return {
    ...sized,
    sensors: () => columns,
    input: () => branchInput,
    sample: () => sampleOf(train.sensors, columns),
    // Components of another number, such as those of another network's checkpoint, do not fit: they are computed.
    principal: () => (k: number) =>
      components?.components === k && components.mean.length === columns
        ? components
        : principalComponents(train.sensors, train.count, k),
    axes: () => problem.axes.length,
    domain: () => problem.domain,
    inputs: () => problem.sensors.functions?.length ?? 1,
    outputs: () => problem.outputs,
    output: () => output,
    branches: () => branchesOf(train, problem.sensors, sized.branch),
    basis: () => podBasis(train.values, train.count, features),
    at: () => problem.at,
    grid: () => commonGrid(problem, told),
    sensorGrid: () => gridOfSensors(problem, told),
    nodes: () => commonNodes(problem, told),
    periodic: () => periodicAxes(problem),
    scale: () => standardiseOutputs(train).scale[0] ?? 1,
  }
}
