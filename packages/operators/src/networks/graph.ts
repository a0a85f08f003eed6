import { add, along, defineFactory, defineOptions, integer, mul, normal, reshape } from '@spikeward/core'
import type { Filled, Graph, Network, OperatorNetwork, OptionsOf, Tensor } from '@spikeward/core'
import { gridActivation } from '../grids/gridActivation.js'
import { type GridVariables, factsOnGrid, nodeOperator } from '../grids/gridOperator.js'
import { type KernelNetworkParams, kernelNetwork } from '../grids/kernelNetwork.js'
import { nodeCoordinates } from '../grids/nodeCoordinates.js'
import { nodeOptions } from '../grids/gridOptions.js'
import { relations } from '../grids/relations.js'

/** Options of {@link graph}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...nodeOptions,
  /**
   * On a grid 1, 2, 4, … points away along each axis; of scattered points the nearest among all, among every 4th, every
   * 16th, ….
   */
  scales: integer({ min: 1, default: 6, help: 'scales of the edges, each twice as long as the one before' }),
  neighbours: integer({ min: 1, default: 8, help: 'nearest neighbours of a scattered point at each scale' }),
  channels: integer({ min: 1, default: 24, help: 'channels of the hidden functions' }),
  layers: integer({ min: 1, default: 4, help: 'layers of messages' }),
  projection: integer({ min: 1, default: 128, help: 'neurons of the hidden layer behind the last messages' }),
}))

/** Options of {@link graph}. */
export type GraphOptions = OptionsOf<typeof options>

/** Parameters: those of a neural operator, with R_k for each set of edges. */
export type GraphParams = KernelNetworkParams<readonly { readonly weight: Tensor }[]>

/** Variables of a graph network of sensor values. */
export type GraphVariables = GridVariables<GraphParams>

/**
 * A graph neural operator (Li et al. 2020, 2003.03485) on the points that sensors and solutions share, a grid or
 * scattered ones:
 *
 *     v₀ = P(a, x),   v_{l+1} = σ(W_l v_l + b_l + Σ_k G_k v_l R_{lk}),   u = Q(v_L)
 *
 * G_k are the edges of one kind. On a grid: from the node 2^s points further along an axis, in either direction, s = 0,
 * 1, …, around the ends of a periodic axis. Of scattered points: from the nearest neighbours among every 4^s-th, with
 * the factor 1 or a component of the displacement. σ is GELU, or with `units` the rate of spiking neurons: nodes send
 * spikes.
 *
 * Deviations: κ(x, y) of the paper is a network of both points, here Σ_k φ_k(y − x) R_k with fixed φ_k, so that
 * messages are linear in what a node sends. Edges of several lengths are those of GraphCast (Lam et al. 2023,
 * 2212.12794). R starts as N(0, 1/(d_v k)).
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for other points, and for functions with another number of
 *   sensors
 * @example
 * const nodes = { kind: 'grid', axes: [Float64Array.of(0, 0.25, 0.5, 0.75)] } as const
 * const network = graph({ nodes, periodic: [true] }) // GELU
 * const spiking = graph({ nodes, units: { neuron: leakyIntegrateAndFire(), surrogate: atan(), time: 16 } })
 */
export const graph = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'graph',
    summary: 'messages between neighbours, on the grid or the points that the sensors and the solutions share',
    options,
    facts: /* @__PURE__ */ factsOnGrid(
      'v ↦ σ(W v + b + Σ_k G_k v R_k) in each layer, G_k edges of one kind, on the nodes alone',
    ),
  },
  (read) =>
    (settings: GraphOptions): OperatorNetwork<GraphVariables, Tensor> =>
      nodeOperator(read(settings), network),
)

function network(o: Filled<typeof options>): Network<GraphParams> {
  const { nodes, channels, dtype } = o
  const edges: readonly Graph[] = relations(nodes, { ...o, periodic: o.periodic ?? [] })
  const deviation = 1 / Math.sqrt(channels * edges.length)
  const rows = (v: Tensor): Tensor => reshape(v, [v.shape[0]!, -1, channels])
  return kernelNetwork(
    {
      ...o,
      ...{ name: 'graph', sigma: gridActivation({ ...o.units, dtype }) },
      coordinates: nodeCoordinates(o, { phases: false }),
    },
    {
      init: (key) =>
        edges.map((_, k) => ({ weight: mul(normal(key.fold(k), [channels, channels], { dtype }), deviation) })),
      apply: (R, v) => reshape(edges.map((G, k) => along(G)(R[k]!, rows(v))).reduce(add), v.shape),
    },
  )
}
