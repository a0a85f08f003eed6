import {
  add,
  affine,
  attention,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  einsum,
  integer,
  layerNorm,
  reshape,
  softmax,
  sum,
  transpose,
} from '@spikeward/core'
import type { Affine, Filled, Key, Network, OperatorNetwork, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { glorot } from '../blocks/block.js'
import { gridActivation } from '../grids/gridActivation.js'
import { type GridVariables, factsOnGrid, nodeOperator } from '../grids/gridOperator.js'
import { nodeCoordinates } from '../grids/nodeCoordinates.js'
import { nodeOptions } from '../grids/gridOptions.js'

/** Options of {@link transformer}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...nodeOptions,
  slices: integer({ min: 1, default: 32, help: 'tokens, each a weighted mean over all points' }),
  heads: integer({ min: 1, default: 4, help: 'heads of the attention, which share the channels' }),
  channels: integer({ min: 1, default: 32, help: 'channels of a point' }),
  layers: integer({ min: 1, default: 4, help: 'layers of attention and neurons' }),
  /** Neurons of each layer at a point. */
  neurons: integer({ min: 1, default: 64, help: 'neurons of each layer at a point' }),
}))

/** Options of {@link transformer}. */
export type TransformerOptions = OptionsOf<typeof options>

/** Parameters of a layer: the maps of its attention, and its two layers of neurons. */
type TransformerLayer = {
  /** To what tokens are means of, to what decides on their weights, and from there to the logits of a head. */
  readonly value: Affine
  readonly place: Affine
  readonly slice: Affine
  readonly queries: Affine
  readonly keys: Affine
  readonly values: Affine
  readonly mix: Affine
  readonly hidden: Affine & { readonly neurons: Tree }
  readonly narrow: Affine
}

/** Parameters: P, the layers, and Q. */
export type TransformerParams = {
  readonly lift: Affine
  readonly layers: readonly TransformerLayer[]
  readonly out: Affine
}

/** Variables of a transformer of sensor values. */
export type TransformerVariables = GridVariables<TransformerParams>

/**
 * The Transolver (Wu et al. 2024, 2402.02366), a transformer over slices of the points that sensors and solutions
 * share, a grid or scattered ones:
 *
 *     v₀ = P(a, x),   v' = v_l + A(LN v_l),   v_{l+1} = v' + W₂ σ(W₁ LN v'),   u = Q LN v_L
 *     A(v): w_ij = softmax_j(W_s W_x v_i),   z_j = Σ_i w_ij W_f v_i / Σ_i w_ij,   A_i = W_o Σ_j w_ij attention(z)_j
 *
 * in each head. Its cost grows with the number of points, not with its square, and tokens are means, so that the same
 * parameters serve other points. x are coordinates, of a periodic axis cos 2πx and sin 2πx. σ is GELU, or with `units`
 * the rate of spiking neurons; the attention itself does not spike.
 *
 * Deviations: P is affine; the softmax of slices has no learned temperature and LN no learned scale and shift, since
 * the affine maps beside them contain these. Matrices start as N(0, 2/(fan_in + fan_out)).
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for other points, and for functions with another number of
 *   sensors
 * @example
 * const nodes = { kind: 'grid', axes: [Float64Array.of(0, 0.25, 0.5, 0.75)] } as const
 * const network = transformer({ nodes, periodic: [true] }) // GELU
 * const spiking = transformer({ nodes, units: { neuron: leakyIntegrateAndFire(), surrogate: atan(), time: 16 } })
 */
export const transformer = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'transformer',
    summary: 'attention between slices of the grid or the points that the sensors and the solutions share',
    options,
    facts: /* @__PURE__ */ factsOnGrid(
      'v + A(LN v), v + W₂ σ(W₁ LN v) in each layer, A attention between weighted means, on the nodes alone',
    ),
  },
  (read) =>
    (settings: TransformerOptions): OperatorNetwork<TransformerVariables, Tensor> =>
      nodeOperator(read(settings), network),
)

function network(o: Filled<typeof options>): Network<TransformerParams> {
  const { slices, heads, layers, dtype } = o
  const each = Math.ceil(o.channels / heads)
  const channels = each * heads
  const sigma = gridActivation({ ...o.units, dtype })
  const x = nodeCoordinates(o, { phases: true })
  /** [samples, points, channels] to [samples, heads, points, channels of a head]. */
  const split = (v: Tensor): Tensor => transpose(reshape(v, [v.shape[0]!, v.shape[1]!, heads, each]), [0, 2, 1, 3])

  const attend = (p: TransformerLayer, v: Tensor): Tensor => {
    const w = softmax(affine(p.slice, split(affine(p.place, v))))
    const total = reshape(sum(w, 2), [v.shape[0]!, heads, slices, 1])
    const z = div(einsum('nhpj,nhpc->nhjc', w, split(affine(p.value, v))), total)
    const mixed = attention(affine(p.queries, z), affine(p.keys, z), affine(p.values, z))
    return affine(p.mix, reshape(transpose(einsum('nhpj,nhjc->nhpc', w, mixed), [0, 2, 1, 3]), v.shape))
  }

  return {
    name: 'transformer',
    init(key) {
      const [lift, out, ...layerKeys] = key.split(2 + layers) as [Key, Key, ...Key[]]
      return {
        lift: glorot(lift, o.inputs + x.count, channels, dtype),
        layers: layerKeys.map((k) => ({
          value: glorot(k.fold(0), channels, channels, dtype),
          place: glorot(k.fold(1), channels, channels, dtype),
          slice: glorot(k.fold(2), each, slices, dtype),
          queries: glorot(k.fold(3), each, each, dtype),
          keys: glorot(k.fold(4), each, each, dtype),
          values: glorot(k.fold(5), each, each, dtype),
          mix: glorot(k.fold(6), channels, channels, dtype),
          hidden: { ...glorot(k.fold(7), channels, o.neurons, dtype), neurons: sigma.init(k.fold(8), o.neurons) },
          narrow: glorot(k.fold(9), o.neurons, channels, dtype),
        })),
        out: glorot(out, channels, o.outputs, dtype),
      }
    },
    apply(p, a) {
      let v = affine(p.lift, reshape(concatenate([a, x.of(a)], a.ndim - 1), [a.shape[0]!, -1, o.inputs + x.count]))
      for (const layer of p.layers) {
        v = add(v, attend(layer, layerNorm(v)))
        const inner = affine(layer.hidden, layerNorm(v))
        v = add(v, affine(layer.narrow, sigma.apply(layer.hidden.neurons, inner)))
      }
      return reshape(affine(p.out, layerNorm(v)), [...a.shape.slice(0, -1), -1])
    },
  }
}
