import { abs, add, less, sum, treeFlatten, treeLeaves, treeUnflatten, where } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'

/** Whether all values of a tree are finite. */
const allFinite = (tree: Tree): Tensor =>
  less(
    treeLeaves(tree)
      .map((t) => sum(abs(t)))
      .reduce((a, b) => add(a, b)),
    Infinity,
  )

/** The first of several trees of one structure whose values are all finite, else the last. */
export const firstFinite = <T extends Tree>(trees: readonly [T, ...T[]]): T =>
  trees.reduceRight((later, earlier) => {
    const fits = allFinite(earlier)
    const [a, b] = [treeFlatten(earlier), treeFlatten(later)]
    return treeUnflatten(
      a.structure,
      a.leaves.map((t, i) => where(fits, t, b.leaves[i]!)),
    ) as T
  })
