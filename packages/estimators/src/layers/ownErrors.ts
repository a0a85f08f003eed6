import { type Tensor, type Tree, SpikewardError, onesLike, traces, vjp, zerosLike } from '@spikeward/core'
import { type Layer, type Located, layersAt, unitsOf, zeroPerturbation } from './locate.js'
import { type OtherDerivatives, passAt } from './noisyPass.js'

/** A forward pass, and the errors that layers get from their own rates. */
export type OwnErrors = {
  /** The losses of the samples, [N]. */
  readonly losses: Tensor
  readonly output: Tensor
  /** The input of each layer, the readout's last. */
  readonly presynaptic: readonly Tensor[]
  /** ∂ℓₙ/∂aₙ at the readout's pre-activation. */
  readonly delta: Tensor
  /**
   * δ_l = e_l ∘ ρ_l at each hidden layer, from the errors ρ_l at the rates that the next layer reads; null where ρ_l
   * is.
   */
  below(errors: readonly (Tensor | null)[]): readonly (Tensor | null)[]
}

/**
 * Runs the network once and takes the derivative of each layer's rates by its own current, which turns an error at
 * these rates into a gradient of the layer's weights, whatever stands between the neurons and the next layer.
 */
export function ownErrors<P extends Tree>(at: Located<P>): OwnErrors {
  const layers = layersAt(at)
  const derivatives: OtherDerivatives = (fn) => traces(fn)
  const run = (perturbations: readonly Tensor[]) => {
    const pass = passAt(at, at.hidden, perturbations, perturbations.at(-1)!, { derivatives })
    return { ...pass, losses: at.parts.head(pass.output) }
  }
  const zero = layers.map(zeroPerturbation)
  const [pass, pull] = vjp(run, zero)
  const none = { ...pass, losses: zerosLike(pass.losses), output: zerosLike(pass.output) }
  const still = pass.presynaptic.map((x) => zerosLike(x))
  const [own] = pull({ ...none, losses: onesLike(pass.losses), presynaptic: still })
  return {
    ...pass,
    delta: own.at(-1)!,
    // The error at the rates of a layer alone is pulled to the layer itself, so that none passes further down.
    below: (errors) =>
      errors.map((error, l) => {
        if (error === null) return null
        return pull({ ...none, presynaptic: still.map((x, at) => (at === l + 1 ? error : x)) })[0][l]!
      }),
  }
}

/**
 * Refuses networks whose readout does not read the last hidden layer.
 *
 * @throws LAYERS_UNSUITABLE if there is no hidden layer, the readout does not read it neuron by neuron, or its weight
 *   is held constant
 */
export function checkReadable<P extends Tree>(estimator: string, at: Located<P>): void {
  const last: Layer | undefined = at.hidden.at(-1)
  const refuse = (why: string, remedy: string): never => {
    throw new SpikewardError('LAYERS_UNSUITABLE', `${estimator}: ${why}; ${remedy}`)
  }
  if (last === undefined)
    return refuse(
      `the network has no affine layer below its readout '${at.readout.affine.name}'`,
      'use bp or exactReadout',
    )
  if (at.readout.affine.fanIn !== unitsOf(last)) {
    return refuse(
      `layer '${last.affine.name}' has ${unitsOf(last)} neurons, but the readout '${at.readout.affine.name}' has ${at.readout.affine.fanIn} inputs`,
      'traces need a readout that reads one number from each neuron; use activity',
    )
  }
  if (at.readout.weight === null) {
    refuse(
      `the weight of the readout '${at.readout.affine.name}' is not among the parameters`,
      'this estimator computes its gradient: do not hold it constant',
    )
  }
}

/**
 * Refuses layers other than [samples, units], whose responses no regression by a matrix describes.
 *
 * @throws LAYERS_UNSUITABLE
 */
export function checkVectors(estimator: string, layers: readonly Layer[]): void {
  const layer = layers.find(({ affine }) => affine.shape.length !== 2)
  if (layer === undefined) return
  throw new SpikewardError(
    'LAYERS_UNSUITABLE',
    `${estimator}: layer '${layer.affine.name}' has a pre-activation of shape [${layer.affine.shape.join(', ')}], and its feedback is a matrix from outputs to units; ` +
      'use rateBackpropagation(transport=weightMirror) or activity',
  )
}
