import { broadcastTo, jvp, mul, reshape, slice, tensor, vmap } from '@spikeward/core'
import type { PointDerivative, Tensor, Tree } from '@spikeward/core'
import { rowsOf, unitPerturbation, zeroPerturbation } from '../shared/layers/affineLayers.js'
import type { Layer, Located } from '../shared/layers/affineLayers.js'
import { perturbationsAt } from '../shared/layers/noisyPass.js'
import { tracedPass } from '../shared/layers/tracedPass.js'

/**
 * The slopes of a hidden layer's neurons: how the evaluations of each neuron's output depend on those of its pre-activation, [S·N, n].
 *
 * Evaluations that are values depend on themselves alone, and one tangent gives the traces. Evaluations that are derivatives depend on
 * all derivatives of smaller orders at the same point: one tangent for each order gives a list in the order of {@link ordersIn}. Neurons and
 * points do not act on each other, so that one tangent serves all of them.
 */
export function neuronSlopes<P extends Tree>(at: Located<P>, layer: Layer): readonly Tensor[] {
  const l = at.hidden.indexOf(layer)
  const { derivatives } = at.parts
  if (derivatives === undefined) {
    return [tracedPass(at, l, (own) => perturbationsAt(at, [layer], [own], null)).rest.trace]
  }
  const orders = ordersIn(derivatives).map(String)
  const masks = orders.flatMap((own) => derivatives.map((d) => (String(d.orders) === own ? 1 : 0)))
  const units = unitPerturbation(at, layer)
  const blocks = [derivatives.length, rowsOf(at.parts) / derivatives.length, layer.affine.units]
  const output = (own: Tensor): Tensor =>
    at.parts.forward(at.params, perturbationsAt(at, [layer], [own], null)).presynaptic[l + 1]!
  const each = vmap((mask: Tensor) => {
    const direction = mul(units, reshape(broadcastTo(reshape(mask, [-1, 1, 1]), blocks), units.shape))
    return jvp(output, [zeroPerturbation(at, layer)], [direction])[1]
  })(tensor(masks, { dtype: at.dtype, shape: [orders.length, derivatives.length] }))
  return orders.map((_, k) => reshape(slice(each, [k, 0, 0], [k + 1, ...units.shape]), units.shape))
}

/** The distinct orders of derivatives, in the order of their first appearance. */
export const ordersIn = (derivatives: readonly PointDerivative[]): readonly (readonly number[])[] =>
  derivatives
    .map((d) => d.orders)
    .filter((orders, s, all) => all.findIndex((other) => String(other) === String(orders)) === s)
