import type { Tensor, Tree } from '@spikeward/core'
import { throughReadout } from './affineLayers.js'
import type { Located, Pass, ThroughReadout } from './affineLayers.js'

/**
 * {@link throughReadout}, or the loss's own word where it has one: ∂ℓₙ/∂a at the readout's pre-activation, of one pass and a
 * product or two. An operator network's trunk reads out some hundred numbers, each of which would take a tangent of the whole field.
 *
 * @param run the forward pass with this perturbation at the readout, and what `forward` gave as `output`
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
