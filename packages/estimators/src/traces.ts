import { SpikewardError, jvp } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { noProbe, unitProbe } from './sites.js'
import type { Located, Pass, Place } from './sites.js'

/** The network's output, the inputs of all sites, and each neuron's trace at one of them: its own rate by its own current, [N, n]. */
export type Traced = { readonly output: Tensor; readonly presynaptic: readonly Tensor[]; readonly trace: Tensor }

/**
 * Exact eligibility traces of the neurons at a site: eₙⱼ = ∂rₙⱼ/∂aₙⱼ, r the input of the next site, a constant in time.
 *
 * One tangent of ones serves all neurons of the layer, since none acts on another one of it.
 *
 * @param l the site's position
 * @param probes all probes, given the one of this site
 * @param options.params in place of the parameters, where these are being differentiated
 * @param options.measure in place of the per-sample losses, such as the residuals
 */
export function tracedPass<P extends Tree>(
  at: Located<P>,
  l: number,
  probes: (own: Tensor) => readonly (Tensor | null)[],
  options: { readonly params?: P; readonly measure?: (output: Tensor) => Tensor } = {},
): Pass<Traced> {
  const { params = at.params, measure = (output) => at.parts.head(output) } = options
  const place = at.hidden[l]!
  const [pass, slope] = jvp(
    (own: Tensor) => {
      const { output, presynaptic } = at.parts.forward(params, probes(own))
      return { losses: measure(output), output, presynaptic: [...presynaptic] }
    },
    [noProbe(at, place)],
    [unitProbe(at, place)],
  )
  const { losses, output, presynaptic } = pass
  return { losses, rest: { output, presynaptic, trace: slope.presynaptic[l + 1]! } }
}

/**
 * The last hidden site and the weight that reads it out.
 *
 * @throws SITES_UNSUITABLE where there is none, the readout does not read it neuron by neuron, or its weight is held
 */
export function readLayer<P extends Tree>(estimator: string, at: Located<P>): { last: Place; weight: Tensor } {
  const last = at.hidden.at(-1)
  const refuse = (why: string, remedy: string): never => {
    throw new SpikewardError('SITES_UNSUITABLE', `${estimator}: ${why}; ${remedy}`)
  }
  if (last === undefined) return refuse('the network has no site below its readout', 'use bp or exactReadout')
  if (at.readout.site.fanIn !== last.site.units) {
    return refuse(
      `the last hidden site has ${last.site.units} neurons and the readout ${at.readout.site.fanIn} inputs`,
      'traces need a readout that reads one number from each neuron; use activity',
    )
  }
  if (at.readout.weight === null) {
    return refuse(
      "the readout's weight is not among the parameters",
      'this estimator forms its gradient itself: do not hold it',
    )
  }
  return { last, weight: at.tensors[at.readout.weight]! }
}
