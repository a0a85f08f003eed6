import type { Tensor, Tree } from '@spikeward/core'
import { throughReadout } from './affineLayers.js'
import type { Located, Pass, ThroughReadout } from './affineLayers.js'

/**
 * The error signal ∂ℓₙ/∂a at the readout's pre-activation: from the loss's `readoutCotangent`, with one or two
 * products, or from {@link throughReadout} if the loss has none. The readout of an operator network's trunk has about a
 * hundred units, each of which would take a tangent of the whole field.
 *
 * @param run the forward pass with this perturbation at the readout, and the `output` of `forward`
 */
export function readoutErrorSignal<
  P extends Tree,
  R extends { readonly output: Tensor; readonly [name: string]: Tree },
>(at: Located<P>, run: (perturbation: Tensor | null) => Pass<R>): ThroughReadout<R> {
  const { parts, params } = at
  if (parts.readoutCotangent === undefined) return throughReadout(at, run)
  const pass = run(null)
  return { ...pass, delta: parts.readoutCotangent(params, pass.rest.output) }
}
