import { vjp } from '@spikeward/core'
import type { Forward, Layer, Loss, LossParts, Tensor, Tree } from '@spikeward/core'

/**
 * A loss in terms of other parameters: L'(q) = L(fill(q)), parts included.
 *
 * @param fill the loss's own parameters, from the other ones
 * @param rename the path among the other parameters for a path among the loss's own; a parameter that is not among them
 * must get a path that none of them has
 */
export function through<P extends Tree, Q extends Tree>(
  loss: Loss<P>,
  fill: (own: Q) => P,
  rename: (path: string) => string = (path) => path,
): Loss<Q> {
  const plain = (own: Q): Tensor => loss(fill(own))
  const { parts } = loss
  if (parts === undefined) return plain
  const held = ({ others, ...view }: LossParts<P>): LossParts<Q> => ({
    ...view,
    layers: (own) =>
      view.layers(fill(own)).map((l): Layer => ({ ...l, weight: l.weight.map(rename), bias: l.bias.map(rename) })),
    forward: (own, perturbations, how) =>
      // Other derivatives are those by the own parameters: the others are constants of the function.
      view.forward(fill(own), perturbations, how as Forward<P> | undefined),
    gradient(own, presynaptic, deltas) {
      const [params, pull] = vjp(fill, own)
      return pull(view.gradient(params, presynaptic, deltas))[0]
    },
    ...(others === undefined ? {} : { others: others.map(held) }),
  })
  return withParts(plain, held(parts))
}

/** A loss and its parts. */
export const withParts = <P extends Tree>(loss: (params: P) => Tensor, parts: LossParts<P>): Loss<P> =>
  Object.assign((params: P): Tensor => loss(params), { parts })
