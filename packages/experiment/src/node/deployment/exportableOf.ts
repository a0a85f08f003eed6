import { tensor } from '@spikeward/core'
import type { Backend, HostCoords, Network, OperatorNetwork, Tensor, Tree, Variables } from '@spikeward/core'
import type { Exportable } from '@spikeward/export'
import { pointsOf } from '@spikeward/problems'
import { encodeCheckpoint } from '@spikeward/train'
import type { Experiment } from '../../assembly/experiment.js'
import { loadNetwork } from '../../assembly/loadNetwork.js'
import { findNetwork } from '../../catalogue/kinds/networks.js'
import { figureNames } from '../prediction/pointColumns.js'
import type { OpenedRun } from '../run/openFinished.js'

const rowsOf = (x: Float64Array, axes: number): readonly (readonly number[])[] =>
  Array.from({ length: x.length / axes }, (_, i) => [...x.subarray(i * axes, (i + 1) * axes)])

const onGrid = (at: HostCoords) =>
  at.kind === 'grid'
    ? { kind: at.kind, axes: at.axes.map((axis) => tensor(axis, { dtype: 'f32' })) }
    : { kind: at.kind, x: tensor(at.x, { dtype: 'f32', shape: [at.x.length / at.axes, at.axes] }) }

/**
 * The network of a run as a file holds it, rebuilt from its checkpoint alone, with the names of its numbers.
 *
 * @param backend holds its variables; default: the reference backend
 * @throws those of {@link loadNetwork}
 */
export async function exportableOf(
  { config, parts, snapshot }: OpenedRun,
  backend?: Backend,
): Promise<Exportable & Disposable> {
  const { experiment } = parts
  const model = experiment.record ?? undefined
  const loaded = await loadNetwork(encodeCheckpoint({ ...snapshot, ...(model === undefined ? {} : { model }) }), {
    plugins: true,
    ...(backend === undefined ? {} : { backend }),
  })
  const { kind, network, variables, shape } = loaded
  const grid =
    (await findNetwork(config.network)).onGrid && experiment.kind === 'operator' ? experiment.problem.at : null
  const operator = network as OperatorNetwork<Variables, Tree, Tensor | null>
  const apply = {
    regression: (x?: Tensor) => (network as Network<Variables>).apply(variables, x!),
    pinn: (x?: Tensor) => operator.apply(variables, null, { kind: 'points', x: x! }),
    operator: (u?: Tensor, x?: Tensor) =>
      operator.apply(variables, u!, grid === null ? { kind: 'points', x: x! } : onGrid(grid)),
  }[kind]
  return {
    title: config.problem,
    ...(await figureNames(config, experiment)),
    domain: shape.domain,
    sensors: sensorsOf(experiment),
    places: grid === null ? null : rowsOf(pointsOf(grid).x, shape.inputs),
    apply,
    [Symbol.dispose]: () => loaded[Symbol.dispose](),
  }
}

const sensorsOf = (experiment: Experiment): Exportable['sensors'] =>
  experiment.kind === 'operator' ? rowsOf(experiment.problem.sensors.x, experiment.problem.sensors.axes) : null
