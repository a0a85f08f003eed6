import { SpikewardError } from '../errors.js'
import { dot } from '../primitives/dot.js'
import { convolution } from '../primitives/convolution.js'
import { moveAxis } from '../primitives/views.js'
import { type Window, addWindows, slidingWindows } from '../primitives/windows.js'
import { printAval, sizeOf } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { reshape, slice } from './shape.js'
import { type Edges, type Padding, padEdges, paddingOf, perAxis } from './windows.js'

/** Options of {@link conv}. */
export interface ConvOptions {
  /** Step between outputs, for all spatial axes or each. Default 1. */
  readonly stride?: number | readonly number[]
  /** Step between the elements that one output reads, for all spatial axes or each. Default 1. */
  readonly dilation?: number | readonly number[]
  /** Channels are split into this number of groups, which do not mix. Default 1; the number of channels: depthwise. */
  readonly groups?: number
  /** Elements added around `x`. Default `same`: ⌈n / stride⌉ outputs along an axis of n. */
  readonly padding?: Padding
  /** Values of the added elements. Default `zeros`. */
  readonly edges?: Edges
}

/** Options of {@link convTranspose}. */
export interface ConvTransposeOptions {
  /** Step between the outputs of neighbouring inputs: the factor of the resolution. Default 1. */
  readonly stride?: number | readonly number[]
  /** Step between the outputs of one input. Default 1. */
  readonly dilation?: number | readonly number[]
  /**
   * Elements cut off [before, after] each spatial axis of the result. Default: none, so that n become stride (n − 1) +
   * dilation (k − 1) + 1.
   */
  readonly crop?: readonly (readonly [number, number])[]
}

function spatialAxes(name: string, x: Tensor, w: Tensor): number {
  const d = w.ndim - 2
  if (d < 1 || x.ndim < d + 1) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: ${printAval(x.aval)} with weights ${printAval(w.aval)}; inputs are [..., n₁ … n_d, channels], weights [k₁ … k_d, channels in, channels out]`,
    )
  }
  return d
}

const windowsOf = (name: string, w: Tensor, d: number, options: ConvOptions | ConvTransposeOptions): Window[] => {
  const strides = perAxis(name, 'stride', options.stride ?? 1, d)
  const dilations = perAxis(name, 'dilation', options.dilation ?? 1, d)
  return strides.map((stride, a) => ({ size: w.shape[a]!, stride, dilation: dilations[a]! }))
}

const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i)

/**
 * Convolution in any number of dimensions, in the sense of neural networks (a cross-correlation), channels last:
 *
 *     y[…, o, j] = Σ_{k, c} x̂[…, stride · o + dilation · k, c] w[k, c, j]
 *
 * with x̂ the padded input. It is a product of windows, which are a view, with the weights. Binary inputs (spikes) stay
 * binary, so that backends may add up weights of spikes instead of multiplying; with `groups` too. The cotangent of `x`
 * is a convolution as well.
 *
 * Also known as `jax.lax.conv_general_dilated` with layouts NHWC and HWIO, `flax.linen.Conv`, and PyTorch's `conv1d` to
 * `conv3d`, whose inputs are [N, C, …] and whose weights are [O, C, …]. `padding: 'same'` with a stride is JAX's.
 *
 * @param x [..., n₁ … n_d, channels]
 * @param w weights [k₁ … k_d, channels / groups, channels out]; d is the number of spatial axes
 * @returns [..., o₁ … o_d, channels out]
 * @throws SHAPE_MISMATCH if channels or windows do not fit; INVALID_ARGUMENT for options out of range
 * @example conv(ones([2, 16, 16, 3]), ones([3, 3, 3, 8]), { stride: 2, edges: 'circular' }) // f32[2,8,8,8]
 */
export function conv(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  const name = 'conv'
  const d = spatialAxes(name, x, w)
  const { groups = 1, padding = 'same', edges = 'zeros' } = options
  const channels = x.shape[x.ndim - 1]!
  const [perGroup, out] = w.shape.slice(d) as [number, number]
  if (!Number.isInteger(groups) || groups < 1 || perGroup * groups !== channels || out % groups !== 0) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: ${printAval(x.aval)} with weights ${printAval(w.aval)} in ${groups} groups; the weights must have channels / groups = ${channels} / ${groups} inputs, and outputs that the groups divide`,
    )
  }
  const first = x.ndim - d - 1
  const windows = windowsOf(name, w, d, options)
  const widths = paddingOf(name, padding, x.shape.slice(first, first + d), windows)
  const padded = edges === 'zeros' && groups === 1 ? x : padEdges(name, x, first, widths, edges)
  if (groups === 1) {
    const samples = sizeOf(x.shape.slice(0, first))
    const y = convolution(reshape(padded, [samples, ...padded.shape.slice(first)]), w, {
      windows: windows.map(({ stride, dilation }) => ({ stride, dilation })),
      padding: edges === 'zeros' ? widths : widths.map(() => [0, 0]),
      spread: windows.map(() => 1),
    })
    return reshape(y, [...x.shape.slice(0, first), ...y.shape.slice(1)])
  }
  const seen = slidingWindows(name, padded, first, windows)
  const kernel = range(first + d, d)
  const split = reshape(seen, [...seen.shape.slice(0, -1), groups, perGroup])
  const weights = reshape(w, [...w.shape.slice(0, -1), groups, out / groups])
  const y = dot(split, weights, {
    contract: [[...kernel, split.ndim - 1], range(0, d + 1)],
    batch: [[split.ndim - 2], [d + 1]],
  })
  const last = moveAxis(y, 0, y.ndim - 2)
  return reshape(last, [...last.shape.slice(0, -2), out])
}

/**
 * Transposed convolution, channels last: every input adds its weights to the outputs around it, so that the resolution
 * grows by the stride,
 *
 *     y[…, i, j] = Σ x[…, o, c] w[k, c, j]   over stride · o + dilation · k = i
 *
 * It is one product followed by a sum of overlapping windows. Binary inputs are the left operand of the product itself,
 * without padding.
 *
 * Also known as a fractionally strided convolution, or deconvolution. PyTorch's `conv_transpose2d` with weights [C, O,
 * …], padding p and output padding q is `crop: [[p, p − q], …]`. `flax.linen.ConvTranspose` flips the weights.
 *
 * @param x [..., n₁ … n_d, channels]
 * @param w weights [k₁ … k_d, channels in, channels out]
 * @returns [..., stride (n₁ − 1) + dilation (k₁ − 1) + 1 − cropped, …, channels out]
 * @throws SHAPE_MISMATCH if channels do not fit; INVALID_ARGUMENT for options out of range
 * @example convTranspose(ones([2, 8, 8, 4]), ones([2, 2, 4, 3]), { stride: 2 }) // f32[2,16,16,3]
 */
export function convTranspose(x: Tensor, w: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const name = 'convTranspose'
  const d = spatialAxes(name, x, w)
  if (x.shape[x.ndim - 1] !== w.shape[d]) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: ${printAval(x.aval)} with weights ${printAval(w.aval)}; the last axis of the inputs must equal the second-to-last one of the weights`,
    )
  }
  const windows = windowsOf(name, w, d, options)
  const first = x.ndim - d - 1
  const y = addWindows(dot(x, w, { contract: [[x.ndim - 1], [d]], batch: [[], []] }), first, windows)
  const crop = options.crop ?? windows.map((): [number, number] => [0, 0])
  const fits = crop.every(([b, a], i) => Math.min(b, a) >= 0 && b + a < y.shape[first + i]!)
  if (crop.length !== d || !fits) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `${name}: crop [${crop.map((c) => `[${c.join(', ')}]`).join(', ')}] of ${printAval(y.aval)}; give [before, after] for each of the ${d} spatial axes, and leave an element`,
    )
  }
  const at = (a: number): readonly [number, number] => crop[a - first] ?? [0, 0]
  return slice(
    y,
    y.shape.map((_, a) => at(a)[0]),
    y.shape.map((n, a) => n - at(a)[1]),
  )
}
