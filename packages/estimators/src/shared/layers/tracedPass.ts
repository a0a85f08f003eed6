import { jvp, onesLike } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { zeroPerturbation } from './affineLayers.js'
import type { Located, Pass } from './affineLayers.js'

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
