import { add, cast, div, greater, mul, sqrt, square, sum, treeLeaves, where } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'

/** ⟨a, b⟩ over all tensors of two trees of the same structure; a scalar of the widest type among them. */
export function innerProduct(a: Tree, b: Tree): Tensor {
  const others = treeLeaves(b)
  return total(treeLeaves(a).map((x, i) => sum(mul(x, others[i]!))))
}

/** ‖a‖ over all tensors of a tree. */
export const norm = (a: Tree): Tensor => sqrt(total(treeLeaves(a).map((x) => sum(square(x)))))

/** ⟨a, b⟩ / (‖a‖ ‖b‖), and 0 if one of them is zero. */
export function cosineOf(a: Tree, b: Tree): Tensor {
  const lengths = mul(norm(a), norm(b))
  return where(greater(lengths, 0), div(innerProduct(a, b), lengths), 0)
}

function total(parts: readonly Tensor[]): Tensor {
  const dtype = parts.some((x) => x.dtype === 'f64') ? 'f64' : 'f32'
  return parts.map((x) => cast(x, dtype)).reduce((a, b) => add(a, b))
}
