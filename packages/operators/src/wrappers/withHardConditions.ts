import type { Coords, HardConditions, OperatorNetwork, Physics, Tensor, Tree, Variables } from '@spikeward/core'
import { throughOutput } from '../derivatives/throughOutput.js'
import { withCoefficients } from './withCoefficients.js'

/**
 * Code of a network with hard conditions: the code of the inner network, and the input functions, which conditions may
 * read.
 */
export type EncodedWithInput<Z extends Tree> = { readonly inner: Z; readonly f: Tree }

/**
 * Wraps a network so that conditions hold for all parameters: u = hard.apply(output of the network, f, c). Derivatives
 * of the wrapped network are derivatives of the transformed output. Wrappers compose; the outermost transform applies
 * last.
 *
 * @param hard such as `problem.physics.hard`, or {@link vanishing}
 * @example const network = withHardConditions(deepOnet(options), vanishing({ axis: 0, at: [0, 1], scale: 4 }))
 */
export function withHardConditions<P extends Tree, Z extends Tree, F extends Tensor | null>(
  network: OperatorNetwork<P, Z, F>,
  hard: HardConditions<F>,
): OperatorNetwork<P, EncodedWithInput<Z>, F> {
  const { raw: innerRaw, ...plain } = network
  const apply = (raw: Tensor, f: Tree, at: Coords): Tensor => hard.apply(raw, (Array.isArray(f) ? null : f) as F, at)
  const wrapped: OperatorNetwork<P, EncodedWithInput<Z>, F> = {
    ...plain,
    satisfies: [...network.satisfies, ...hard.satisfies],
    encode: (p, f) => ({ inner: network.encode(p, f), f: f ?? [] }),
    decode: (p, { inner, f }, at) => apply(network.decode(p, inner, at), f, at),
    apply: (p, f, at) => wrapped.decode(p, wrapped.encode(p, f), at),
    raw: {
      decode: (p, { inner }, at) => (innerRaw ?? network).decode(p, inner, at),
      through: (field, f) =>
        throughOutput(innerRaw?.through(field, f) ?? field, (value, at) => hard.apply(value, f, at)),
    },
  }
  return wrapped
}

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
  const wrapped: OperatorNetwork<Variables, Tree, F> =
    isHard && hard !== null ? withHardConditions(network, hard) : network
  return unknown === undefined ? wrapped : withCoefficients<Tree, Tree, Tree, F>(wrapped, unknown)
}
