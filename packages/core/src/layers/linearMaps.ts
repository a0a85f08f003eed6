import { type ConvOptions, conv } from '../numpy/convolution.js'
import type { Complex } from '../numpy/fourier.js'
import { mul } from '../numpy/elementwise.js'
import { matmul } from '../numpy/reduce.js'
import { segmentSum } from '../numpy/segments.js'
import { reshape, take } from '../numpy/shape.js'
import { spectralConv } from '../numpy/spectralConv.js'
import { moveAxis } from '../primitives/views.js'
import type { Tensor } from '../tensor/tensor.js'
import { type AffineMap, affineMap } from './affine.js'

/**
 * A convolutional layer y = W ∗ x + b, channels last; see {@link conv} for its options and shapes, {@link affineMap}
 * for how estimators see it.
 *
 * @param params weight [k₁ … k_d, channels / groups, channels out], bias [channels out]
 * @param x [samples, n₁ … n_d, channels]
 * @example convolve({ weight: ones([3, 3, 2, 4]) }, ones([5, 8, 8, 2])) // f32[5,8,8,4]
 */
export const convolve = (params: AffineMap<Tensor>, x: Tensor, options: ConvOptions = {}): Tensor =>
  affineMap(params, x, (input, weight) => conv(input, weight, options))

/**
 * The spectral part of a Fourier layer, y = F⁻¹(R · F x) + b; see {@link spectralConv} for its shapes.
 *
 * @param params weight { re, im }, each [modes₁ … modes_d, channels, channels out], bias [channels out]
 * @param x [samples, n₁ … n_d, channels]
 */
export const spectral = (params: AffineMap<Complex>, x: Tensor): Tensor => affineMap(params, x, spectralConv)

/** The directed edges of a graph: edge e leads from node `from[e]` to node `to[e]`. */
export interface Graph {
  /** i32 or u32 [edges]. */
  readonly from: Tensor
  /** i32 or u32 [edges]. */
  readonly to: Tensor
  readonly nodes: number
  /** Factor φ of each edge, a float [edges]. Default: 1. */
  readonly factors?: Tensor
}

/**
 * A layer that adds up the nodes at the other ends of the edges into each node,
 *
 *     y[…, i, :] = Σ_{e: to[e] = i} φ[e] x[…, from[e], :] W + b
 *
 * Nodes are multiplied before they are sent: there are fewer of them than edges, and spikes meet the weights as spikes.
 *
 * @param graph its edges
 * @returns the layer: params (weight [channels, channels out], bias [channels out]), x [samples, nodes, channels] to
 *   [samples, nodes, channels out]
 * @example along({ from, to, nodes: 4 })({ weight: ones([3, 2]) }, ones([5, 4, 3])) // f32[5,4,2]
 */
export const along =
  ({ from, to, nodes, factors }: Graph) =>
  (params: AffineMap<Tensor>, x: Tensor): Tensor =>
    affineMap(params, x, (input, weight) => {
      const sent = take(moveAxis(matmul(input, weight), input.ndim - 2, 0), from)
      const each = factors === undefined ? sent : mul(sent, reshape(factors, [-1, ...sent.shape.slice(1).map(() => 1)]))
      return moveAxis(segmentSum(each, to, nodes), 0, input.ndim - 2)
    })
