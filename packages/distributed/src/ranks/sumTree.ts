import { type Range, lengthOf } from './partition.js'

/** Numbers that are summed. */
export type Sums = Float32Array | Float64Array

/**
 * The point at which the tree of a range is divided: the number of leaves on the left is the largest power of two below
 * its length.
 */
const middleOf = ({ from, to }: Range): number => {
  let half = 1
  while (2 * half < to - from) half *= 2
  return from + half
}

const halvesOf = (range: Range): readonly [Range, Range] => {
  const middle = middleOf(range)
  return [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ]
}

/** The largest subtrees of `whole` whose leaves are all in `own`, from left to right. */
export function nodesIn(own: Range, whole: Range): Range[] {
  if (own.to <= whole.from || whole.to <= own.from) return []
  if (own.from <= whole.from && whole.to <= own.to) return [whole]
  return halvesOf(whole).flatMap((half) => nodesIn(own, half))
}

/**
 * The sum over a fixed binary tree: node(range) = node(left) + node(right), each addition rounded to the type of the
 * numbers. The tree depends only on the number of leaves, so the sum has the same bits on every rank, for any number of
 * ranks.
 *
 * @param known the numbers of a range if they are known: those of a leaf, or of a subtree whose sum is available
 */
export function sumTree<T extends Sums>(range: Range, known: (range: Range) => T | undefined): T {
  const leaf = known(range)
  if (leaf !== undefined) return leaf
  if (lengthOf(range) < 2) throw new Error(`leaf ${range.from} of a sum is missing`)
  const [left, right] = halvesOf(range).map((half) => sumTree(half, known)) as [T, T]
  const sum = left.slice() as T
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + right[i]!
  return sum
}

/** {@link sumTree} of leaves in a list. */
export const sumLeaves = <T extends Sums>(leaves: readonly T[]): T =>
  sumTree({ from: 0, to: leaves.length }, ({ from, to }) => (to - from === 1 ? leaves[from] : undefined))
