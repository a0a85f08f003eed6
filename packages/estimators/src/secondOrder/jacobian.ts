import { add, broadcastTo, concatenate, expandDims, matmul, mul, reshape, slice, sum, tensor } from '@spikeward/core'
import type { LossParts, PointDerivative, Tensor, Tree } from '@spikeward/core'
import { rowsOf } from '../shared/layers/affineLayers.js'
import type { Located, Layer } from '../shared/layers/affineLayers.js'
import { ordersIn } from './neuronSlopes.js'

/** The columns [M, size] of one leaf in a Jacobian. */
export type Columns = { readonly leaf: number; readonly columns: Tensor }

/**
 * A hidden affine layer, the slopes [S·N, n] of its neurons (`neuronSlopes`), and whether the layer above adds this layer's current to
 * its own.
 */
export type TracedLayer = { readonly layer: Layer; readonly slopes: readonly Tensor[]; readonly skipped: boolean }

/**
 * ∂r/∂θ for the readout and hidden affine layers, from one tangent per layer. With R = ∂r/∂a at the readout,
 *
 *     D^L = (R B_readout) ⊙ e^L,   D^(l−1) = (D^l B_l) ⊙ e^(l−1)
 *     ∂r/∂W_readout[j, o] = rateₙⱼ Rₙₒ,   ∂r/∂W_l[i, j] = x^lₙᵢ D^lₙⱼ
 *
 * with B_l = W_lᵀ for the exact Jacobian, and the same without the input for the biases, each summed over the evaluations of a sample. If the layer above is
 * residual, D^l is added to D^(l−1). Where evaluations are derivatives, ⊙ is a sum over the derivatives at the same point
 * that depend on this one, with one slope for each order, and a bias has the columns of the values alone.
 *
 * @param presynaptic x at each affine layer
 * @param readoutSlopes R, [S·M, outputs], M = N times the residuals of a sample, S the evaluations of a sample
 * @param layers traced layers from the last hidden one down, without gaps
 * @param feedback B of a layer above, [units, inputs]
 */
export function jacobian<P extends Tree>(
  at: Located<P>,
  presynaptic: readonly Tensor[],
  readoutSlopes: Tensor,
  layers: readonly TracedLayer[],
  feedback: (layer: Layer) => Tensor,
): Columns[] {
  const { evaluations = 1, derivatives } = at.parts
  const rows = readoutSlopes.shape[0]!
  const each = rows / rowsOf(at.parts)
  // Repeats the row of each sample, so that x has one row for each residual.
  const perRow = (x: Tensor): Tensor => {
    const [samples, width] = x.shape as [number, number]
    return each === 1 ? x : reshape(broadcastTo(expandDims(x, 1), [samples, each, width]), [rows, width])
  }
  const values = derivatives === undefined ? null : derivatives.map((d) => (isValue(d) ? 1 : 0))
  const columns: Columns[] = []
  const put = (leaf: number | null, x: Tensor, share: readonly number[] | null = null): void => {
    if (leaf === null) return
    const size = x.size / rows
    const all = reshape(x, [evaluations, rows / evaluations, size])
    const own = share === null ? all : mul(all, tensor([...share], { dtype: at.dtype, shape: [evaluations, 1, 1] }))
    columns.push({ leaf, columns: evaluations === 1 ? reshape(own, [rows, size]) : sum(own, 0) })
  }
  const affine = (layer: Layer, x: Tensor, delta: Tensor): void => {
    put(layer.weight, mul(expandDims(perRow(x), 2), expandDims(delta, 1)))
    put(layer.bias, delta, values)
  }
  let [above, delta] = [at.readout, readoutSlopes]
  for (const { layer, slopes, skipped } of layers) {
    const through = throughNeurons(at.parts, slopes.map(perRow), matmul(delta, feedback(above)))
    delta = skipped ? add(through, delta) : through
    affine(layer, presynaptic[at.hidden.indexOf(layer)]!, delta)
    above = layer
  }
  affine(at.readout, presynaptic.at(-1)!, readoutSlopes)
  return columns
}

const isValue = ({ orders }: PointDerivative): boolean => orders.every((k) => k === 0)

/**
 * Passes slopes of the residuals from the outputs of neurons to their pre-activations.
 *
 * @param slopes of the neurons, [S·M, n], for each order of a derivative of the pre-activation
 * @param delta ∂r/∂(output), [S·M, n]
 */
function throughNeurons<P extends Tree>(
  { derivatives }: LossParts<P>,
  slopes: readonly Tensor[],
  delta: Tensor,
): Tensor {
  if (derivatives === undefined) return mul(slopes[0]!, delta)
  const orders = ordersIn(derivatives).map(String)
  const [rows, n] = delta.shape as [number, number]
  const size = rows / derivatives.length
  const block = (x: Tensor, s: number): Tensor => slice(x, [s * size, 0], [(s + 1) * size, n])
  const own = derivatives.map((to) => {
    const slope = slopes[orders.indexOf(String(to.orders))]!
    return derivatives
      .flatMap((from, s) => (dependsOn(from, to) ? [mul(block(slope, s), block(delta, s))] : []))
      .reduce((a, b) => add(a, b))
  })
  return concatenate(own, 0)
}

/** Whether a derivative of a neuron's output depends on one of its pre-activation. */
const dependsOn = (output: PointDerivative, activation: PointDerivative): boolean =>
  output.point === activation.point && activation.orders.every((k, axis) => k <= output.orders[axis]!)
