import { choice, einsum, reshape } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/**
 * How a branch and a trunk make several outputs (Lu et al., Comput. Methods Appl. Mech. Eng. 2022, section 3.1.6):
 *
 * - `split-both`: the features of branch and trunk are divided into groups, one for each output
 * - `split-branch`: every output has its own features of the branch and shares those of the trunk
 * - `split-trunk`: every output has its own features of the trunk and shares those of the branch
 *
 * {@link independentNetworks} is the fourth way.
 */
export type MultiOutput = 'split-both' | 'split-branch' | 'split-trunk'

/** `multiOutput` of a network with a branch and a trunk. */
export const multiOutputOption = /* @__PURE__ */ choice(['split-both', 'split-branch', 'split-trunk'], {
  default: 'split-both',
  help: 'features that belong to one output: of branch and trunk, of the branch, or of the trunk',
})

/** Widths of branch and trunk: `features` for each output, or once for all outputs. */
export const widthsOf = (
  strategy: MultiOutput,
  outputs: number,
  features: number,
): { branch: number; trunk: number } => ({
  branch: strategy === 'split-trunk' ? features : outputs * features,
  trunk: strategy === 'split-branch' ? features : outputs * features,
})

/** Σ_k b_k t_k for every output, from b [N, branch width] and t [P, trunk width] to [N, P, outputs]. */
export function dotOutputs(strategy: MultiOutput, outputs: number, features: number, b: Tensor, t: Tensor): Tensor {
  const split = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, outputs, features])
  switch (strategy) {
    case 'split-both':
      return einsum('nqk,pqk->npq', split(b), split(t))
    case 'split-branch':
      return einsum('nqk,pk->npq', split(b), t)
    case 'split-trunk':
      return einsum('nk,pqk->npq', b, split(t))
  }
}
