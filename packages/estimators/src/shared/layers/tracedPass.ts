import { SpikewardError, jvp, onesLike } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { unitsOf, zeroPerturbation } from './affineLayers.js'
import type { Located, Pass, Layer } from './affineLayers.js'

/** The network's output, the inputs of all affine layers, and the traces at one of them: the derivative of each neuron's rate by its own current, [N, n]. */
export type Traced = { readonly output: Tensor; readonly presynaptic: readonly Tensor[]; readonly trace: Tensor }

/**
 * Exact eligibility traces of the neurons at an affine layer: eₙⱼ = ∂rₙⱼ/∂aₙⱼ, where r is the input of the next affine
 * layer and a the neuron's current, constant in time.
 *
 * One tangent of ones serves all neurons of the layer, since they do not act on each other.
 *
 * @param l the affine layer's position
 * @param perturbations all perturbations, from the one at this affine layer
 * @param options.params replaces the parameters, if these are being differentiated
 * @param options.measure replaces the per-sample losses, for example by the residuals
 */
export function tracedPass<P extends Tree>(
  at: Located<P>,
  l: number,
  perturbations: (own: Tensor) => readonly (Tensor | null)[],
  options: { readonly params?: P; readonly measure?: (output: Tensor) => Tensor } = {},
): Pass<Traced> {
  const { params = at.params, measure = (output) => at.parts.head(output) } = options
  const zero = zeroPerturbation(at, at.hidden[l]!)
  const [pass, slope] = jvp(
    (own: Tensor) => {
      const { output, presynaptic } = at.parts.forward(params, perturbations(own), { value: 'kept' })
      return { losses: measure(output), output, presynaptic: [...presynaptic] }
    },
    [zero],
    [onesLike(zero)],
  )
  const { losses, output, presynaptic } = pass
  return { losses, rest: { output, presynaptic, trace: slope.presynaptic[l + 1]! } }
}

/**
 * The last hidden affine layer and the weight that reads it out.
 *
 * @throws LAYERS_UNSUITABLE if there is none, the readout does not read it neuron by neuron, or its weight is held
 * constant
 */
export function readLayer<P extends Tree>(estimator: string, at: Located<P>): { last: Layer; weight: Tensor } {
  const last = at.hidden.at(-1)
  const refuse = (why: string, remedy: string): never => {
    throw new SpikewardError('LAYERS_UNSUITABLE', `${estimator}: ${why}; ${remedy}`)
  }
  if (last === undefined) return refuse('the network has no affine layer below its readout', 'use bp or exactReadout')
  if (at.readout.affine.fanIn !== unitsOf(last)) {
    return refuse(
      `the last hidden affine layer has ${unitsOf(last)} neurons, but the readout has ${at.readout.affine.fanIn} inputs`,
      'traces need a readout that reads one number from each neuron; use activity',
    )
  }
  if (at.readout.weight === null) {
    return refuse(
      "the readout's weight is not among the parameters",
      'this estimator computes its gradient: do not hold it constant',
    )
  }
  return { last, weight: at.tensors[at.readout.weight]! }
}
