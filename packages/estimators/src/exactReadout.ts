import { add, treeFlatten } from '@spikeward/core'
import type { Estimator, Tensor, Tree } from '@spikeward/core'
import { through } from './hold.js'
import { mostDemanding } from './needs.js'
import { probesAt } from './noise.js'
import { fromDeltas, locateSome, throughReadout } from './sites.js'

/**
 * The readout's gradient exactly, everything else by another estimator.
 *
 * The readout is an affine map behind the last spikes. Its gradient is local, ∇W = xᵀδ/N and ∇b = Σ δ/N with
 * δ = ∂ℓ/∂a, and each δ takes one tangent that begins behind the network. The wrapped estimator sees a loss in which the readout
 * is a constant, so that no noise of the readout's parameters reaches the others.
 *
 * - Cost: 1 forward unit beyond the wrapped one. Bias: as the wrapped one; none in the readout. Variance: none in the
 *   readout; d is less by its parameters for the rest.
 * - Not needed around `activity` and `eligibility`, which do so themselves.
 *
 * @throws LOSS_WITHOUT_PARTS
 * @example const e = exactReadout(rfg({ directions: 8 }))
 */
export function exactReadout<S extends Tree>(e: Estimator<S>): Estimator<S> {
  return {
    ...e,
    name: `exactReadout(${e.name})`,
    needs: mostDemanding([e, { needs: 'jvp' }]),
    estimate(loss, params, state, ctx) {
      const at = locateSome('exactReadout', loss, params)
      const own = [at.readout.weight, at.readout.bias]
      const held = (p: typeof params): typeof params =>
        at.rebuild(treeFlatten(p).leaves.map((t, i) => (own.includes(i) ? at.tensors[i]! : t)))
      const one = e.estimate(through(loss, held), params, state, ctx)
      const { rest: presynaptic, delta } = throughReadout(at, (probe) => {
        const pass = at.parts.forward(params, probesAt(at, [], [], probe))
        return { losses: at.parts.head(pass.output), rest: pass.presynaptic }
      })
      const exact = treeFlatten(fromDeltas(at, presynaptic, [...at.hidden.map(() => null), delta])).leaves
      const grad = at.rebuild(treeFlatten(one.grad).leaves.map((g, i): Tensor => (own.includes(i) ? exact[i]! : g)))
      return { ...one, grad, stats: { ...one.stats, forwardEquivalents: add(one.stats.forwardEquivalents, 1) } }
    },
  }
}
