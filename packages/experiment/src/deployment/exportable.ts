import { tensor } from '@spikeward/core'
import type { HostCoords, Network, OperatorNetwork, Tensor, Tree, Variables } from '@spikeward/core'
import type { Exportable } from '@spikeward/export'
import { pointsOf } from '@spikeward/problems'
import type { Experiment } from '../assembly/experiment.js'
import type { RebuiltNetwork } from '../assembly/network/rebuildNetwork.js'
import { findNetwork } from '../catalogue/kinds/networks.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { axesOf } from '../train/predict.js'

const rowsOf = (x: Float64Array, axes: number): readonly (readonly number[])[] =>
  Array.from({ length: x.length / axes }, (_, i) => [...x.subarray(i * axes, (i + 1) * axes)])

const onGrid = (at: HostCoords) =>
  at.kind === 'grid'
    ? { kind: at.kind, axes: at.axes.map((axis) => tensor(axis, { dtype: 'f32' })) }
    : { kind: at.kind, x: tensor(at.x, { dtype: 'f32', shape: [at.x.length / at.axes, at.axes] }) }

/** Names of outputs that have none: u_0, u_1, … as in the file of a prediction. */
export const unnamedOutputs = (outputs: number, only: string): readonly string[] =>
  outputs === 1 ? [only] : Array.from({ length: outputs }, (_, o) => `u_${o}`)

/** A trained network, and the experiment that it belongs to. */
export type ToExport = {
  readonly config: Pick<TrainConfig, 'problem' | 'network'>
  readonly experiment: Experiment
  /** With the conditions and the amplitude that belong to its output. Default: that of the experiment. */
  readonly network?: RebuiltNetwork
  readonly variables: Variables
  /** Names of inputs and outputs. Default: the axes of the problem, and u or y. */
  readonly names?: Pick<Exportable, 'inputs' | 'outputs'>
}

/** A trained network as its files hold it, for {@link exportFormats}. */
export async function exportable({
  config,
  experiment,
  network = experiment.network,
  variables,
  names,
}: ToExport): Promise<Exportable> {
  const { kind, problem } = experiment
  const isOnGrid = kind === 'operator' && (await findNetwork(config.network)).onGrid
  const grid = isOnGrid ? experiment.problem.at : null
  const operator = network as OperatorNetwork<Variables, Tree, Tensor | null>
  const apply = {
    regression: (x?: Tensor) => (network as Network<Variables>).apply(variables, x!),
    pinn: (x?: Tensor) => operator.apply(variables, null, { kind: 'points', x: x! }),
    operator: (u?: Tensor, x?: Tensor) =>
      operator.apply(variables, u!, grid === null ? { kind: 'points', x: x! } : onGrid(grid)),
  }[kind]
  const { sensors } = kind === 'operator' ? experiment.problem : { sensors: null }
  return {
    title: config.problem,
    inputs: axesOf(experiment),
    outputs: unnamedOutputs(problem.outputs, 'axes' in problem ? 'u' : 'y'),
    ...names,
    domain: problem.domain,
    sensors: sensors === null ? null : rowsOf(sensors.x, sensors.axes),
    places: grid === null ? null : rowsOf(pointsOf(grid).x, axesOf(experiment).length),
    apply,
  }
}
