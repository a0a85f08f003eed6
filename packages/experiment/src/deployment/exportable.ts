import { type Coords, type Tensor, type Variables, toCoords } from '@spikeward/core'
import type { Exportable } from '@spikeward/export'
import { pointsOf } from '@spikeward/problems'
import type { Experiment } from '../assembly/experiment.js'
import { type RebuiltNetwork, applyOf } from '../assembly/network/rebuildNetwork.js'
import type { TrainConfig } from '../config/trainConfig.js'

const rowsOf = (x: Float64Array, axes: number): readonly (readonly number[])[] =>
  Array.from({ length: x.length / axes }, (_, i) => [...x.subarray(i * axes, (i + 1) * axes)])

/** A trained network, and the experiment that it belongs to. */
export type ToExport = {
  readonly config: Pick<TrainConfig, 'problem'>
  readonly experiment: Experiment
  /** With the conditions and the amplitude that belong to its output. Default: that of the experiment. */
  readonly network?: RebuiltNetwork
  readonly variables: Variables
}

/** A trained network as its files hold it, for {@link exportFormats}. */
export function exportable({ config, experiment, network = experiment.network, variables }: ToExport): Exportable {
  const { problem, names, sensors, places } = experiment
  const grid = places?.fixed === true ? places.usual : null
  const apply = applyOf(network)
  const at = (x: Tensor): Coords => (grid === null ? { kind: 'points', x } : toCoords(grid, 'f32'))
  return {
    title: config.problem,
    inputs: names.inputs,
    outputs: names.outputs,
    domain: problem.domain,
    sensors: sensors === null ? null : rowsOf(sensors.x, sensors.axes),
    places: grid === null ? null : rowsOf(pointsOf(grid).x, names.inputs.length),
    apply: (first: Tensor, x?: Tensor) =>
      sensors === null ? apply(variables, null, at(first)) : apply(variables, first, at(x!)),
  }
}
