import { arange, broadcastTo, cast, equal, expandDims, mul, reshape, sum, transpose, vjp, vmap } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { type Located, type Layer, rowsOf } from '../layers/locate.js'

/** The columns [M, size] of one leaf in a Jacobian. */
export type Columns = { readonly leaf: number; readonly columns: Tensor }

/**
 * The slopes D = ∂r/∂a of residuals by the pre-activations of layers, [S·M, units] for each: one pass back for each
 * residual of a sample, since samples do not act on each other. Row (s, n, k) belongs to evaluation s and residual k of
 * sample n.
 *
 * @param residuals of perturbations at these layers, [M]
 * @param zero perturbations of zeros, [S·N, units] for each layer
 */
export function slopesAt<P extends Tree>(
  { parts: { samples, evaluations = 1 } }: Located<P>,
  residuals: (perturbations: readonly Tensor[]) => Tensor,
  zero: readonly Tensor[],
): { readonly residuals: Tensor; readonly slopes: readonly Tensor[] } {
  const [result, pull] = vjp((p: readonly Tensor[]) => residuals(p), zero)
  const each = result.size / samples
  const back = vmap((k: Tensor) => {
    const one = cast(equal(arange(each, 'i32'), k), result.dtype)
    return pull(reshape(broadcastTo(one, [samples, each]), [result.size]))[0]
  })(arange(each, 'i32'))
  const slopes = back.map((d) => {
    const units = d.shape.at(-1)!
    const split = reshape(d, [each, evaluations, samples, units])
    return reshape(transpose(split, [1, 2, 0, 3]), [evaluations * result.size, units])
  })
  return { residuals: result, slopes }
}

/**
 * The columns ∂r/∂W[i, j] = xₙᵢ Dₙⱼ and ∂r/∂b[j] = Dₙⱼ of a layer that is a product, summed over the evaluations of a
 * sample.
 *
 * @param x the layer's input, [S·N, m]
 * @param slopes D, [S·M, units]
 */
export function columnsOf<P extends Tree>(at: Located<P>, layer: Layer, x: Tensor, slopes: Tensor): Columns[] {
  const { evaluations = 1 } = at.parts
  const rows = slopes.shape[0]!
  const each = rows / rowsOf(at.parts)
  const [samples, width] = x.shape as [number, number]
  // Repeats the row of each sample, so that x has one row for each residual.
  const repeated = each === 1 ? x : reshape(broadcastTo(expandDims(x, 1), [samples, each, width]), [rows, width])
  const put = (leaf: number | null, product: Tensor): Columns[] => {
    if (leaf === null) return []
    const size = product.size / rows
    const all = reshape(product, [evaluations, rows / evaluations, size])
    return [{ leaf, columns: evaluations === 1 ? reshape(all, [rows, size]) : sum(all, 0) }]
  }
  return [...put(layer.weight, mul(expandDims(repeated, 2), expandDims(slopes, 1))), ...put(layer.bias, slopes)]
}
