import { treeFlatten, treePaths, treeUnflatten } from '@spikeward/core'
import type { Loss, LossParts, Tensor, Tree } from '@spikeward/core'

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
  const viewOf = ({ others, within, ...view }: LossParts<P>): LossParts<Q> => ({
    ...view,
    within: {
      all: (own) => within?.all(fill(own)) ?? fill(own),
      rename: (path) => rename(within?.rename(path) ?? path),
    },
    ...(others === undefined ? {} : { others: others.map(viewOf) }),
  })
  return loss.parts === undefined ? plain : Object.assign(plain, { parts: viewOf(loss.parts) })
}

/** A loss of some leaves of the parameters, by their positions, with the others held constant. */
export function ofLeaves<P extends Tree>(loss: Loss<P>, params: P, own: readonly number[]): Loss<readonly Tensor[]> {
  const { leaves, structure } = treeFlatten(params)
  const paths = treePaths(params)
  const fill = (part: readonly Tensor[]): P =>
    treeUnflatten(
      structure,
      leaves.map((t, leaf) => part[own.indexOf(leaf)] ?? t),
    ) as P
  return through(loss, fill, (path) => {
    const place = own.indexOf(paths.indexOf(path))
    return place < 0 ? `../${path}` : String(place)
  })
}
