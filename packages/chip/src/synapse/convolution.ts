import { concatenate, mul, pad, reshape, sizeOf, slice, sum } from '@spikeward/core'
import type { Edges, Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { shift, wrap } from '../integer/integer.js'
import type { WeightFormat } from './dense.js'

/**
 * x [batch, …cells, channels] continued beyond the ends of its axes of cells, as a convolution of stride 1 with an
 * output for each cell reads it.
 */
function padded(x: Tensor, kernel: readonly number[], edges: Exclude<Edges, 'reflect'>): Tensor {
  const widths = kernel.map((k): [number, number] => [Math.floor((k - 1) / 2), Math.ceil((k - 1) / 2)])
  if (edges === 'zeros') return pad(x, [[0, 0], ...widths])
  const part = (y: Tensor, axis: number, from: number, to: number): Tensor =>
    slice(
      y,
      y.shape.map((_, a) => (a === axis ? from : 0)),
      y.shape.map((n, a) => (a === axis ? to : n)),
    )
  return widths.reduce((y, [before, after], a) => {
    const n = y.shape[a + 1]!
    return concatenate([part(y, a + 1, n - before, n), y, part(y, a + 1, 0, after)], a + 1)
  }, x)
}

/** Indices of all elements of an array in row-major order. */
export const placesOf = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]])

/**
 * Activation of a convolution of stride 1, whose weights all cells share, by graded spikes of any sign:
 *
 *     a[o, j] = shift(Σ_{k, c} w[k, c, j] s[o + k − ⌊(K − 1)/2⌋, c], exponent), which wraps at the bits of a state
 *
 * A cell without a spike adds nothing. Sums are added in 32 bits that wrap too, which changes none of the lower bits.
 *
 * @param spikes i32 [batch, …cells, channels]
 * @param weights i32 [k₁ … k_d, channels, out], as held by the chip
 * @param edges zeros beyond the ends, or the other end
 * @returns i32 [batch, …cells, out]
 */
export function convolutionActivation(
  chip: Chip,
  format: WeightFormat,
  spikes: Tensor,
  weights: Tensor,
  edges: Exclude<Edges, 'reflect'>,
): Tensor {
  const kernel = weights.shape.slice(0, -2)
  const [channels, out] = weights.shape.slice(-2) as [number, number]
  const [batch, ...rest] = spikes.shape as [number, ...number[]]
  const cells = rest.slice(0, -1)
  const around = padded(spikes, kernel, edges)
  const seen = placesOf(kernel).map((at) =>
    slice(around, [0, ...at, 0], [batch, ...at.map((from, a) => from + cells[a]!), channels]),
  )
  const rows = sizeOf(kernel) * channels
  const windows = reshape(concatenate(seen, -1), [batch, ...cells, rows, 1])
  const total = sum(mul(windows, reshape(weights, [rows, out])), -2)
  return wrap(shift(total, format.exponent), chip.stateBits)
}
