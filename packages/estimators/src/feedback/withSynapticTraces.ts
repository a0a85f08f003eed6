import {
  SpikewardError,
  add,
  collect,
  grad as gradOf,
  layerWeights,
  layersOf,
  mul,
  perturb,
  sub,
  sum,
  traces as rates,
  treeLeaves,
  treeMap,
  vjp,
  zerosLike,
} from '@spikeward/core'
import type { Loss, Tree } from '@spikeward/core'
import { perturbationsAt } from '../shared/layers/noisyPass.js'
import { locateSome } from '../shared/layers/affineLayers.js'
import { tracedPass } from '../shared/layers/tracedPass.js'

/**
 * A gradient through spike rates with the exact trace of each synapse above a layer of spikes: ∇Wᵢⱼ = Σₙ ρₙⱼ ∂rₙⱼ/∂Wᵢⱼ, ρ = ∂L/∂r, in the place
 * of the product x̄ᵀ(ρ ∘ e) of averages.
 *
 * @param backward the loss as the error passes down through it
 * @param averages its gradient
 * @returns the gradient, and the number of tangents that it took
 * @throws LOSS_WITHOUT_PARTS; LAYERS_UNSUITABLE if the loss does not compute traces of synapses
 */
export function withSynapticTraces<P extends Tree>(
  loss: Loss<P>,
  backward: Loss<P>,
  params: P,
  averages: P,
): { readonly grad: P; readonly tangents: number } {
  const at = locateSome('rateBackpropagation', loss, params)
  const { parts } = at
  const { synapses } = parts
  if (synapses === undefined) {
    throw new SpikewardError(
      'LAYERS_UNSUITABLE',
      'rateBackpropagation: this loss does not compute traces of synapses (`LossParts.synapses`); use traces: averages, or train a spikingMlp on points',
    )
  }
  // Errors at the rates are those at the inputs of the layers above.
  const [, inputs] = collect(rates(loss))(params)
  const zero = treeMap((x) => zerosLike(x), inputs)
  const errors = gradOf((q: typeof zero) => perturb(backward, { at: 'input' })(q, params))(zero)
  const ids = layersOf(loss, params).map(({ id }) => id)
  const grad = treeLeaves(averages)
  let tangents = 0
  at.hidden.forEach((layer, l) => {
    const { affine } = layer
    if (affine.steps === 1 || affine.reads.length === 0) return
    tangents += affine.fanIn
    const rateError = errors[ids[ids.indexOf(affine.id) + 1]!]!
    const { rest } = tracedPass(at, l, (own) => perturbationsAt(at, [layer], [own], null))
    const deltas = [...at.hidden, at.readout].map((other) => (other === layer ? mul(rateError, rest.trace) : null))
    const product = treeLeaves(parts.gradient(params, rest.presynaptic, deltas))
    const [, pull] = vjp((p: P) => layerWeights(loss)(p)[affine.name]![0]!, params)
    const exact = treeLeaves(pull(sum(mul(synapses(params, l), rateError), 1))[0])
    for (const leaf of layer.leaves) {
      if (leaf !== layer.bias) grad[leaf] = add(sub(grad[leaf]!, product[leaf]!), exact[leaf]!)
    }
  })
  return { grad: at.rebuild(grad), tangents }
}
