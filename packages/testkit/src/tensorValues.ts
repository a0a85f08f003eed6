import {
  cast,
  isFloat,
  tensor,
  treeFlatten,
  treeLeaves,
  treeMap,
  treePaths,
  type DType,
  type FloatDType,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { CheckFailure, ensure } from './check.js'
import { moderateData } from './backend/testData.js'

/** The float tensors of a tree in another precision; integers, flags and keys are unchanged. */
export const inDType = <T extends Tree>(tree: T, dtype: FloatDType): T =>
  treeMap((t) => (isFloat(t.dtype) && t.dtype !== dtype ? cast(t, dtype) : t), tree)

/** The numbers of every tensor of a tree. */
export const numbersOf = (tree: Tree): Promise<number[][]> =>
  Promise.all(treeLeaves(tree).map(async (t) => Array.from(await t.data())))

/** Structure, shapes and dtypes as a line of text, to compare trees by. */
export function kindOf(tree: Tree): string {
  const { leaves, structure } = treeFlatten(tree)
  return `${structure.text} ${leaves.map((t) => `${t.dtype}[${t.shape.join(',')}]`).join(' ')}`
}

/** A float tensor of fixed moderate numbers in [−2, 2). */
export const draw = (shape: readonly number[], dtype: DType, key: number): Tensor =>
  tensor(
    moderateData(
      dtype,
      shape.reduce((a, b) => a * b, 1),
      key,
    ),
    { shape, dtype },
  )

/** A name for every element of a tree, such as `hidden.weight[2,0]`. */
export function elementName(tree: Tree, leaf: number, element: number): string {
  const t = treeLeaves(tree)[leaf]!
  const path = treePaths(tree)[leaf] || 'value'
  if (t.ndim === 0) return path
  const index: number[] = []
  for (let a = t.ndim - 1, rest = element; a >= 0; a--) {
    index.unshift(rest % t.shape[a]!)
    rest = Math.floor(rest / t.shape[a]!)
  }
  return `${path}[${index.join(',')}]`
}

/** Throws if two trees differ by more than `tolerance` · (1 + |expected|) anywhere, naming the worst element. */
export async function ensureClose(what: string, actual: Tree, expected: Tree, tolerance: number): Promise<void> {
  ensure(kindOf(actual) === kindOf(expected), () => `${what}: ${kindOf(actual)}, expected ${kindOf(expected)}`)
  const [a, e] = await Promise.all([numbersOf(actual), numbersOf(expected)])
  let worst = { off: 0, leaf: -1, at: -1 }
  for (const [leaf, values] of e.entries()) {
    for (const [at, value] of values.entries()) {
      const got = a[leaf]![at]!
      if (Object.is(got, value) || got === value) continue
      const distance = Math.abs(got - value) / (1 + Math.abs(value))
      const off = Number.isNaN(distance) ? Infinity : distance
      if (off > worst.off) worst = { off, leaf, at }
    }
  }
  if (worst.off <= tolerance) return
  const { leaf, at, off } = worst
  throw new CheckFailure(
    `${what}: worst at ${elementName(expected, leaf, at)}: ${a[leaf]![at]}, expected ${e[leaf]![at]} (off by ${off.toExponential(2)}, allowed ${tolerance.toExponential(0)}, relative to 1 + |expected|)`,
  )
}

/** Throws unless every element of a tree is finite. */
export async function ensureFinite(what: string, tree: Tree): Promise<void> {
  for (const [leaf, values] of (await numbersOf(tree)).entries()) {
    const at = values.findIndex((v) => !Number.isFinite(v))
    ensure(at < 0, () => `${what}: ${elementName(tree, leaf, at)} is ${values[at]}`)
  }
}
