import { add, broadcastTo, expandDims, matmul, mul, reshape, sum, transpose } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { rowsOf } from '../shared/affineLayers.js'
import type { Located, Layer } from '../shared/affineLayers.js'

/** The columns [M, size] of one leaf in a Jacobian. */
export type Columns = { readonly leaf: number; readonly columns: Tensor }

/** A hidden affine layer, its traces [S·N, n], and whether the layer above adds this layer's current to its own. */
export type TracedLayer = { readonly layer: Layer; readonly trace: Tensor; readonly skipped: boolean }

/**
 * ∂r/∂θ for the readout and hidden affine layers, from one tangent per layer. With R = ∂r/∂a at the readout,
 *
 *     D^L = (R W_readoutᵀ) ⊙ e^L,   D^(l−1) = (D^l W_lᵀ) ⊙ e^(l−1)
 *     ∂r/∂W_readout[j, o] = rateₙⱼ Rₙₒ,   ∂r/∂W_l[i, j] = x^lₙᵢ D^lₙⱼ
 *
 * and the same without the input for the biases, each summed over the evaluations of a sample. If the layer above is
 * residual, D^l is added to D^(l−1).
 *
 * @param presynaptic x at each affine layer
 * @param slopes R, [S·M, outputs], M = N times the residuals of a sample, S the evaluations of a sample
 * @param layers traced layers from the last hidden one down, without gaps
 */
export function jacobian<P extends Tree>(
  at: Located<P>,
  presynaptic: readonly Tensor[],
  slopes: Tensor,
  layers: readonly TracedLayer[],
): Columns[] {
  const { evaluations = 1 } = at.parts
  const rows = slopes.shape[0]!
  const each = rows / rowsOf(at.parts)
  // Repeats the row of each sample, so that x has one row for each residual.
  const perRow = (x: Tensor): Tensor => {
    const [samples, width] = x.shape as [number, number]
    return each === 1 ? x : reshape(broadcastTo(expandDims(x, 1), [samples, each, width]), [rows, width])
  }
  const columns: Columns[] = []
  const put = (leaf: number | null, x: Tensor): void => {
    if (leaf === null) return
    const size = x.size / rows
    const all = reshape(x, [evaluations, rows / evaluations, size])
    columns.push({ leaf, columns: evaluations === 1 ? reshape(all, [rows, size]) : sum(all, 0) })
  }
  const affine = (layer: Layer, x: Tensor, delta: Tensor): void => {
    put(layer.weight, mul(expandDims(perRow(x), 2), expandDims(delta, 1)))
    put(layer.bias, delta)
  }
  let [above, delta] = [at.readout, slopes]
  for (const { layer, trace, skipped } of layers) {
    const through = mul(perRow(trace), matmul(delta, transpose(at.tensors[above.weight!]!)))
    delta = skipped ? add(through, delta) : through
    affine(layer, presynaptic[at.hidden.indexOf(layer)]!, delta)
    above = layer
  }
  affine(at.readout, presynaptic.at(-1)!, slopes)
  return columns
}
