/** A trained network from its checkpoint alone. */
import { SpikewardError, coordsFrom, coordsTensors, isRecord, jit, tensor, toCoords, treeLeaves } from '@spikeward/core'
import type { Backend, HostCoords, Tensor, Variables } from '@spikeward/core'
import { countOf, pointsOf } from '@spikeward/problems'
import { decodeCheckpoint, restoreVariables } from '@spikeward/train'
import type { NetworkRecord, RebuiltNetwork } from './network/buildNetwork.js'
import { applyOf, rebuildNetwork } from './network/rebuildNetwork.js'
import type { ProblemKind } from '../catalogue/kinds/problems.js'
import { referencesIn } from '../plugins/reference.js'

/** Options of {@link loadNetwork}. */
export type LoadNetworkOptions = {
  /** Where the variables are placed, and predictions computed. Default: the reference backend. */
  readonly backend?: Backend
  /**
   * Whether a checkpoint may name packages and files of which parts of the network are loaded: it then runs their code.
   * Default false.
   */
  readonly plugins?: boolean
}

/** A trained network. */
export type LoadedNetwork = Disposable & {
  /** A function of points, an operator, or the solution of one equation. */
  readonly kind: ProblemKind
  readonly shape: NetworkRecord['shape']
  /** With the conditions and the amplitude that belong to its output. */
  readonly network: RebuiltNetwork
  readonly variables: Variables
  /**
   * The outputs at points, [points × outputs] row-major; of an operator [functions × points × outputs].
   *
   * @param points [points × inputs], row-major. A rollout, and a network that works on one grid, need every point of a
   *   grid, the last coordinate fastest. Each axis must have as many points as in the network's grid; their positions
   *   are not compared
   * @param functions of an operator: sensor values, [functions × sensors], row-major
   * @throws SHAPE_MISMATCH for other numbers of values, and for points that do not form such a grid
   */
  predict(points: Float64Array, functions?: Float64Array): Promise<Float64Array>
}

/**
 * Rebuilds a trained network from the bytes of a checkpoint: nothing else of its run is read, neither settings nor
 * data.
 *
 * @param bytes of `checkpoint.safetensors`, `best.safetensors` or `solved.safetensors` of a run folder
 * @throws CHECKPOINT_TRUNCATED, CHECKPOINT_CORRUPT, CHECKPOINT_NEWER for damaged bytes and those of a later version;
 *   CHECKPOINT_INCOMPLETE for a checkpoint that does not record its network, as those of earlier versions;
 *   CHECKPOINT_PLUGINS for one that names packages, without `plugins`; CHECKPOINT_MISMATCH if its variables are not
 *   those of the network that it records; those of the factories
 * @example
 * using loaded = await loadNetwork(await readFile('runs/hat/checkpoint.safetensors'))
 * const y = await loaded.predict(Float64Array.of(0.1, 0.2)) // at one point of two coordinates
 */
export async function loadNetwork(bytes: Uint8Array, options: LoadNetworkOptions = {}): Promise<LoadedNetwork> {
  const { backend, plugins = false } = options
  const snapshot = decodeCheckpoint(bytes)
  // The schema of records is loaded with the first checkpoint.
  const { readRecord } = await import('./network/readRecord.js')
  const record = readRecord(snapshot.model)
  if (!plugins) checkNoPlugins(record)
  const { kind, shape } = record
  const network = await rebuildNetwork(record, snapshot)
  const variables = await restoreVariables(network, snapshot, backend === undefined ? {} : { backend })
  const outputs = applyOf(network)
  const apply = jit(
    (v: Variables, at: readonly Tensor[], f: Tensor | readonly []): Tensor =>
      outputs(v, 'shape' in f ? f : null, coordsFrom(at)),
  )
  const rowsOf = (values: Float64Array, width: number, what: string): number => {
    const rows = values.length / width
    if (Number.isInteger(rows) && rows > 0) return rows
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `predict: ${values.length} numbers of ${what}, of which each has ${width}; give a multiple, and at least one`,
    )
  }
  return {
    kind,
    shape,
    network,
    variables,
    async predict(points, functions) {
      const { inputs, sensors } = shape
      if ((functions !== undefined) !== (sensors !== null))
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          sensors === null
            ? 'predict: the network takes no input functions; leave them out'
            : `predict: the network is an operator; give the values of each input function at its ${sensors} sensors`,
        )
      rowsOf(points, inputs, 'points')
      const count = functions === undefined ? 0 : rowsOf(functions, sensors!, 'input functions')
      const grid = isOnGrid(record) ? gridOf(points, inputs) : null
      const at = coordsTensors(toCoords(grid ?? { kind: 'points', x: points, axes: inputs }))
      const f: Tensor | readonly [] =
        functions === undefined ? [] : tensor(functions, { dtype: 'f32', shape: [count, sensors!] })
      try {
        using out = apply(variables, at, f)
        return Float64Array.from(await out.data(), Number)
      } finally {
        treeLeaves([at, f]).forEach((t) => t.dispose())
      }
    },
    [Symbol.dispose]() {
      apply.dispose()
      treeLeaves(variables).forEach((t) => t.dispose())
    },
  }
}

/** Whether the network computes outputs on a whole grid only. */
const isOnGrid = ({ rollout, data: { grid, nodes } }: NetworkRecord): boolean =>
  rollout === true || grid !== undefined || (isRecord(nodes) && nodes['kind'] === 'grid')

/** The grid of points of which the last coordinate runs fastest; null if they form none. */
function gridOf(points: Float64Array, inputs: number): HostCoords | null {
  const along = (a: number): Float64Array => points.filter((_, i) => i % inputs === a)
  const axes = Array.from({ length: inputs }, (_, a) => Float64Array.from(new Set(along(a))))
  const grid = { kind: 'grid', axes } as const
  const isWhole = countOf(grid) * inputs === points.length && pointsOf(grid).x.every((v, i) => v === points[i])
  return isWhole ? grid : null
}

function checkNoPlugins({ settings, conditions }: NetworkRecord): void {
  const [plugin] = referencesIn(JSON.stringify([settings, conditions]).replaceAll('"', ' '))
  if (plugin === undefined) return
  throw new SpikewardError(
    'CHECKPOINT_PLUGINS',
    `the checkpoint names ${plugin}, whose code would run; if you trust it, load the network with { plugins: true }`,
  )
}
