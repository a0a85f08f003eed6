import {
  SpikewardError,
  add,
  affine,
  concatenate,
  convolve,
  defineFactory,
  defineOptions,
  flag,
  integer,
  mul,
  normal,
  sizeOf,
  slice,
  upsample,
  zeros,
} from '@spikeward/core'
import type { Affine, Filled, Key, Network, OperatorNetwork, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { glorot } from '../blocks/block.js'
import { filteredActivation } from '../grids/filteredActivation.js'
import { gridActivation } from '../grids/gridActivation.js'
import { boundedCoordinates } from '../grids/gridCoordinates.js'
import { type GridVariables, factsOnGrid, gridOperator } from '../grids/gridOperator.js'
import { gridOptions, periodicOption } from '../grids/gridOptions.js'

/** Options of {@link unet}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...gridOptions,
  periodic: periodicOption,
  /** Channels at the resolution of the grid; every level below has twice as many. */
  channels: integer({
    min: 1,
    default: 16,
    help: 'channels at the resolution of the grid, twice as many at each level',
  }),
  levels: integer({ min: 1, default: 4, help: 'levels below the grid, each of half the resolution' }),
  kernel: integer({ min: 1, default: 3, help: 'points along each axis of a kernel' }),
  /** Whether activations are formed on twice the points and filtered. Default false. */
  filtered: flag({
    default: false,
    help: 'activations on twice the points, without the frequencies that the grid lacks',
  }),
}))

/** Options of {@link unet}. */
export type UnetOptions = OptionsOf<typeof options>

/** A block: shortcut S, kernels K₁ and K₂, and the learned coefficients of its neurons, if they have any. */
type BlockParams = {
  readonly shortcut: Affine
  readonly first: Affine
  readonly second: Affine
  readonly neurons: Tree
}

/**
 * Parameters: a block for each level on the way down, a kernel between two levels, a block for each level on the way
 * up, and Q.
 */
export type UnetParams = {
  readonly down: readonly BlockParams[]
  readonly coarsen: readonly Affine[]
  readonly up: readonly BlockParams[]
  readonly out: Affine
}

/** Variables of a U-Net of sensor values. */
export type UnetVariables = GridVariables<UnetParams>

/**
 * The U-Net (Ronneberger, Fischer & Brox 2015, 1505.04597), of residual blocks as in Gupta & Brandstetter (2022,
 * 2209.15616):
 *
 *     v₀ = B₀(a, x),   v_l = B_l(D_l v_{l−1}),   w_L = v_L,   w_l = B'_l(v_l, U w_{l+1}),   u = Q w₀
 *     B(v) = S v + K₂ ∗ σ(K₁ ∗ v)
 *
 * D is a convolution of stride 2, U repeats every value, and each level has half the resolution and twice the channels.
 * σ is GELU, or with `units` the rate of spiking neurons; with `filtered` it is the activation of convolutional neural
 * operators (Raonić et al. 2023, 2302.01178) around either. Kernels continue a periodic grid around its ends and any
 * other one by zeros; x are the coordinates of the axes that are not periodic.
 *
 * Deviations from both papers: one activation a block, no normalisation, and a convolution in the place of pooling.
 * Weights of blocks and kernels start as N(0, 1/(3 fan_in)), the variance of PyTorch's convolutions: blocks add up and
 * nothing normalises them, and from larger ones they learned more slowly.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for points off the grid, and for functions with another number
 *   of sensors
 * @example
 * const network = unet({ grid: [128], periodic: [true] }) // GELU
 * const withoutAliases = unet({ grid: [128], periodic: [true], filtered: true })
 * const spiking = unet({ grid: [64, 64], units: { neuron: leakyIntegrateAndFire(), surrogate: atan(), time: 16 } })
 */
export const unet = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'unet',
    summary: 'convolutions on grids of falling and rising resolution, with shortcuts between equal ones',
    options,
    facts: /* @__PURE__ */ factsOnGrid(
      'v_l = B(D v_{l−1}), w_l = B(v_l, U w_{l+1}), B(v) = S v + K ∗ σ(K ∗ v), on the grid alone',
    ),
  },
  (read) =>
    (settings: UnetOptions): OperatorNetwork<UnetVariables, Tensor> =>
      gridOperator(read(settings), network),
)

function network(o: Filled<typeof options>): Network<UnetParams> {
  const { grid, periodic = grid.map(() => false), channels, levels, kernel, filtered, dtype } = o
  const smallest = Math.min(...grid.map((n) => Math.ceil(n / 2 ** levels)))
  if (smallest * 2 <= kernel) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `unet: ${levels} levels leave ${smallest} of ${Math.min(...grid)} points, and a kernel reads ${kernel}; take fewer levels or a smaller kernel`,
    )
  }
  const pointwise = gridActivation({ ...o.units, dtype })
  const sigma = filtered ? filteredActivation(pointwise, periodic, dtype) : pointwise
  const edges = periodic.every(Boolean) ? 'circular' : 'zeros'
  const x = boundedCoordinates(o)
  const widths = Array.from({ length: levels + 1 }, (_, l) => channels * 2 ** l)
  const sizes = grid.map(() => kernel)

  const linear = (key: Key, at: readonly number[], from: number, to: number): Affine => ({
    weight: mul(normal(key, [...at, from, to], { dtype }), Math.sqrt(1 / (3 * sizeOf(at) * from))),
    bias: zeros([to], dtype),
  })
  const kernels = (key: Key, from: number, to: number): Affine => linear(key, sizes, from, to)
  const blockOf = (key: Key, from: number, to: number): BlockParams => {
    const [shortcut, first, second, own] = key.split(4) as [Key, Key, Key, Key]
    return {
      shortcut: linear(shortcut, [], from, to),
      first: kernels(first, from, to),
      second: kernels(second, to, to),
      neurons: sigma.init(own, to),
    }
  }
  const block = ({ shortcut: S, first: K1, second: K2, neurons }: BlockParams, v: Tensor): Tensor =>
    add(affine(S, v), convolve(K2, sigma.apply(neurons, convolve(K1, v, { edges })), { edges }))
  /** Every value twice along each axis, as far as the grid of `like` reaches. */
  const refined = (w: Tensor, like: Tensor): Tensor =>
    slice(
      upsample(
        w,
        grid.map(() => 2),
      ),
      like.shape.map(() => 0),
      [...like.shape.slice(0, -1), w.shape.at(-1)!],
    )

  return {
    name: 'unet',
    init(key) {
      const [down, coarsen, up, out] = key.split(4) as [Key, Key, Key, Key]
      return {
        down: widths.map((to, l) => blockOf(down.fold(l), l === 0 ? o.inputs + x.count : to, to)),
        coarsen: widths.slice(1).map((to, l) => kernels(coarsen.fold(l), widths[l]!, to)),
        up: widths.slice(0, -1).map((to, l) => blockOf(up.fold(l), to + widths[l + 1]!, to)),
        out: glorot(out, channels, o.outputs, dtype),
      }
    },
    apply(p, a) {
      const v = [block(p.down[0]!, x.count === 0 ? a : concatenate([a, x.of(a)], a.ndim - 1))]
      for (const [l, D] of p.coarsen.entries()) v.push(block(p.down[l + 1]!, convolve(D, v[l]!, { stride: 2, edges })))
      let w = v.at(-1)!
      for (let l = levels - 1; l >= 0; l--) w = block(p.up[l]!, concatenate([v[l]!, refined(w, v[l]!)], a.ndim - 1))
      return affine(p.out, w)
    },
  }
}
