import type { OperatorNetwork, Physics, Tensor, Tree, Variables } from '@spikeward/core'
import { withCoefficients } from './withCoefficients.js'
import { withHardConditions } from './withHardConditions.js'

/**
 * Adds the hard conditions and unknown coefficients of an equation to a network: its outputs satisfy the conditions,
 * and the coefficients are among its parameters. An equation without either leaves the network unchanged.
 *
 * @param physics such as `problem.physics`
 * @param options.hard whether conditions are built into the output; default true. Otherwise the loss has a term for
 *   each
 * @throws INVALID_OPTION for the first value of a coefficient that is not finite
 * @example const network = withPhysics(pinn({ axes: 1, block }), poissonPinn().physics)
 */
export function withPhysics<F extends Tensor | null>(
  network: OperatorNetwork<Variables, Tree, F>,
  { hard, unknown }: Pick<Physics<F>, 'hard' | 'unknown'>,
  options: { readonly hard?: boolean } = {},
): OperatorNetwork<Variables, Tree, F> {
  const { hard: isHard = true } = options
  const held: OperatorNetwork<Variables, Tree, F> =
    isHard && hard !== null ? withHardConditions(network, hard) : network
  return unknown === undefined ? held : withCoefficients<Tree, Tree, Tree, F>(held, unknown)
}
