import { type DotParams, type Shape, sizeOf } from '@spikeward/core'

/** One factor of a product: its values and their shape. */
export type Factor = { readonly values: ArrayLike<number>; readonly shape: Shape }

/** Terms of a product: effective ones, all of them, and whether one factor holds only −1, 0 and 1. */
export type ProductCount = { readonly effective: number; readonly dense: number; readonly accumulates: boolean }

const isSign = (v: number): boolean => v === 0 || v === 1 || v === -1

/** Nonzero elements of a factor for each index of its batch and contracted axes, and the size of that index space. */
function nonzeros({ values, shape }: Factor, axes: readonly number[]): Float64Array {
  const counts = new Float64Array(sizeOf(axes.map((a) => shape[a]!)))
  // The stride of each axis of the factor in the index space; 0 for free axes.
  const strides = shape.map((_, a) => {
    const at = axes.indexOf(a)
    return at < 0 ? 0 : sizeOf(axes.slice(at + 1).map((b) => shape[b]!))
  })
  const index = shape.map(() => 0)
  let at = 0
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 0) counts[at]!++
    for (let a = shape.length - 1; a >= 0; a--) {
      at += strides[a]!
      index[a]!++
      if (index[a]! < shape[a]!) break
      at -= strides[a]! * shape[a]!
      index[a] = 0
    }
  }
  return counts
}

/** Counts the terms of C = Σ A B over contracted axes: Σₖ |{m : A_mk ≠ 0}| · |{n : B_kn ≠ 0}| for each batch. */
export function countProduct(a: Factor, b: Factor, { contract, batch }: DotParams): ProductCount {
  const left = nonzeros(a, [...batch[0], ...contract[0]])
  const right = nonzeros(b, [...batch[1], ...contract[1]])
  const effective = left.reduce((sum, n, k) => sum + n * right[k]!, 0)
  const shared = Math.max(1, left.length)
  const dense = (a.values.length / shared) * b.values.length
  const signs = (f: Factor): boolean => Array.prototype.every.call(f.values, isSign)
  return { effective, dense, accumulates: signs(a) || signs(b) }
}
