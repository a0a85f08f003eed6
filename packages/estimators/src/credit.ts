import type { Tensor, Tree } from '@spikeward/core'
import { throughReadout } from './sites.js'
import type { Located, Pass, ThroughReadout } from './sites.js'

/**
 * {@link throughReadout}, or the loss's own word where it has one: ∂ℓₙ/∂a at the readout's pre-activation, of one pass and a
 * product or two. An operator network's trunk reads out some hundred numbers, each of which would take a tangent of the whole field.
 *
 * @param run the forward pass with this probe at the readout, and what `forward` gave as `output`
 */
export function creditAt<P extends Tree, R extends { readonly output: Tensor; readonly [name: string]: Tree }>(
  at: Located<P>,
  run: (probe: Tensor | null) => Pass<R>,
): ThroughReadout<R> {
  const { parts, params } = at
  if (parts.credit === undefined) return throughReadout(at, run)
  const pass = run(null)
  return { ...pass, delta: parts.credit(params, pass.rest.output) }
}
