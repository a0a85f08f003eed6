import {
  SpikewardError,
  affine,
  convolve,
  defineFactory,
  defineOptions,
  integer,
  mul,
  normal,
  reshape,
  zeros,
} from '@spikeward/core'
import type { Affine, Filled, Key, OptionsOf, Tensor, Tree, Variables } from '@spikeward/core'
import { type BlockFixed, type BlockTrained, glorot } from '../blocks/block.js'
import { gridActivation } from '../grids/gridActivation.js'
import { gridOptions } from '../grids/gridOptions.js'
import { type OutputFixed, columnNormaliser, outputMaker } from '../scales/outputScale.js'
import { pointTrunk, trunkOptions } from '../blocks/trunk.js'
import { type BranchNetwork, type TrunkNetwork, coded } from './branchNetwork.js'

/** Options of {@link convolutionalDeepOnet}. */
const options = /* @__PURE__ */ defineOptions(() => {
  const { grid, units, input } = gridOptions
  const { residual: _r, standardiseWeights: _s, hiddenGain: _h, ...ofTrunk } = trunkOptions
  return {
    ...ofTrunk,
    /** The grid of the sensors; solutions may be anywhere. */
    sensorGrid: grid,
    /** Channels of the first convolution; each further one has twice as many. */
    channels: integer({
      min: 1,
      default: 8,
      help: 'channels of the first convolution of the branch, then twice as many',
    }),
    levels: integer({ min: 1, default: 3, help: 'convolutions of the branch, each of half the resolution' }),
    kernel: integer({ min: 1, default: 3, help: 'points along each axis of a kernel' }),
    units,
    input,
  }
})

/** Options of {@link convolutionalDeepOnet}. */
export type ConvolutionalDeepOnetOptions = OptionsOf<typeof options>

/** A branch of convolutions: kernels, the learned coefficients of their neurons, if they have any, and a readout. */
type ConvolutionalBranch = {
  readonly layers: readonly Affine[]
  readonly neurons: readonly Tree[]
  readonly readout: Affine
}

/** Variables of a DeepONet with a convolutional branch. */
export type ConvolutionalDeepOnetVariables = Variables<
  { readonly branch: ConvolutionalBranch; readonly trunk: BlockTrained; readonly bias: Tensor },
  { readonly trunk: BlockFixed; readonly output: OutputFixed }
>

/** A DeepONet whose readouts least squares can solve for. */
export interface ConvolutionalDeepOnet
  extends BranchNetwork<ConvolutionalDeepOnetVariables>,
    TrunkNetwork<ConvolutionalDeepOnetVariables> {}

/**
 * A DeepONet with a convolutional branch (Lu et al. 2022, 2111.05512, section 3.1.3), for sensors on a grid and
 * solutions anywhere:
 *
 *     v₀ = f,   v_l = σ(K_l ∗ v_{l−1} + b_l) with stride 2,   u(f)(x) = shift + scale · (Σ_k (W v_L + w)_k t_k(x) + b₀)
 *
 * The trunk t is a block with its own options. σ is GELU, or with `units` the rate of spiking neurons. Beyond the ends
 * of the grid there are zeros. Kernels start as N(0, 2/(fan_in + fan_out)).
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for coordinates with another number of axes, and for functions
 *   with another number of sensors
 * @example
 * const network = convolutionalDeepOnet({ sensorGrid: [29, 29], axes: 2, features: 40, trunk: { kind: 'smooth', hidden: [64] } })
 */
export const convolutionalDeepOnet = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'convolutionalDeepOnet',
    aliases: ['conv-deeponet'],
    summary: 'branch of convolutions over a grid of sensors, trunk of the coordinates, dot product',
    options,
    facts: {
      output: 'Σ_k b_k(f) t_k(x) + b₀, b of convolutions with stride 2',
      learns: 'operators',
      separable: false,
    },
  },
  (read) =>
    (settings: ConvolutionalDeepOnetOptions): ConvolutionalDeepOnet =>
      build(read(settings)),
)

function build(o: Filled<typeof options>): ConvolutionalDeepOnet {
  const name = 'conv-deeponet'
  const { sensorGrid: grid, channels, levels, kernel } = o
  const { axes, outputs, dtype } = o
  const trunk = pointTrunk(name, { residual: false, standardiseWeights: false, hiddenGain: undefined, ...o })
  const output = outputMaker(name, outputs, o.output, dtype)
  const sigma = gridActivation({ ...o.units, dtype })
  const normalise = columnNormaliser(o.input)
  const widths = Array.from({ length: levels }, (_, l) => channels * 2 ** l)
  const sensors = grid.reduce((a, b) => a * b, 1)
  const width = grid.reduce((n, m) => n * Math.ceil(m / 2 ** levels), widths.at(-1)!)
  const kernels = (key: Key, from: number, to: number): Affine => ({
    weight: mul(
      normal(key, [...grid.map(() => kernel), from, to], { dtype }),
      Math.sqrt(2 / (kernel ** grid.length * (from + to))),
    ),
    bias: zeros([to], dtype),
  })

  const features = ({ trained: { branch } }: ConvolutionalDeepOnetVariables, f: Tensor): Tensor => {
    if (f.ndim !== 2 || f.shape[1] !== sensors) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `${name}: input functions of shape [${f.shape.join(', ')}]; expected [N, ${sensors}], the values on the grid of ${grid.join(' × ')} sensors`,
      )
    }
    let v = reshape(normalise(f), [f.shape[0]!, ...grid, 1])
    for (const [l, K] of branch.layers.entries()) v = sigma.apply(branch.neurons[l]!, convolve(K, v, { stride: 2 }))
    return reshape(v, [f.shape[0]!, -1])
  }
  return {
    name,
    axes,
    outputs,
    coordinates: trunk.block.coordinates,
    init(key) {
      const [branch, trunkKey] = key.split(2) as [Key, Key]
      const t = trunk.block.init(trunkKey)
      return {
        trained: {
          branch: {
            layers: widths.map((to, l) => kernels(branch.fold(l), l === 0 ? 1 : widths[l - 1]!, to)),
            neurons: widths.map((to, l) => sigma.init(branch.fold(levels + l), to)),
            readout: glorot(branch.fold(2 * levels), width, trunk.branchWidth, dtype),
          },
          trunk: t.trained,
          bias: zeros([outputs], dtype),
        },
        fixed: { trunk: t.fixed, output: output() },
      }
    },
    branchFeatures: features,
    trunkFeatures: trunk.features,
    ...coded<ConvolutionalDeepOnetVariables, Tensor>({
      encode: (v, f) => affine(v.trained.branch.readout, features(v, f)),
      decode: trunk.decode,
    }),
  }
}
