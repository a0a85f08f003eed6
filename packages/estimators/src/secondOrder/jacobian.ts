import { broadcastTo, expandDims, matmul, mul, reshape, sum, transpose } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { rowsOf } from '../shared/affineLayers.js'
import type { Located, Layer } from '../shared/affineLayers.js'
import type { Traced } from '../shared/tracedPass.js'

/** The columns [M, size] of one leaf in a Jacobian. */
export type Columns = { readonly leaf: number; readonly columns: Tensor }

/**
 * ∂r/∂θ for the readout and the last hidden affine layer, from one tangent.
 *
 *     ∂r/∂W_readout[j, o] = rateₙⱼ Rₙₒ,   ∂r/∂W_hidden[i, j] = xₙᵢ eₙⱼ Σₒ Rₙₒ Wⱼₒ
 *
 * and the same without the input for the biases, each summed over the evaluations of a sample.
 *
 * @param slopes R = ∂r/∂a at the readout, [S·M, outputs], M = N times the residuals of a sample, S the evaluations of a sample
 * @param weight W of the readout
 */
export function jacobian<P extends Tree>(
  at: Located<P>,
  { presynaptic, trace }: Traced,
  slopes: Tensor,
  weight: Tensor,
): Columns[] {
  const last = at.hidden.at(-1)!
  const { evaluations = 1 } = at.parts
  const rows = slopes.shape[0]!
  const each = rows / rowsOf(at.parts)
  // One row of x for each residual: repeats each sample's.
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
  affine(last, presynaptic.at(-2)!, mul(perRow(trace), matmul(slopes, transpose(weight))))
  affine(at.readout, presynaptic.at(-1)!, slopes)
  return columns
}
