import { type SubAxes, type Placement, resolve, unify } from './subAxes.js'
import type { ValueRef } from './graph.js'

/**
 * Maps the axes of a reader to the sub-axes of the value that it reads. This is possible if the reader reads every
 * element once: its axes with stride ≠ 0 form a mixed radix over the value's elements. Its other axes (broadcast) stay
 * free.
 */
export function unifyRead(subAxes: SubAxes, reader: Placement, ref: ValueRef, value: Placement): boolean {
  if (ref.offset !== 0 || ref.advance.some((d) => d !== 0)) return false
  const axes = ref.strides.flatMap((s, a) => (s === 0 ? [] : [a])).sort((a, b) => ref.strides[b]! - ref.strides[a]!)
  let size = 1
  for (let i = axes.length - 1; i >= 0; i--) {
    if (ref.strides[axes[i]!] !== size) return false
    size *= ref.shape[axes[i]!]!
  }
  if (size !== ref.value.aval.shape.reduce((n, d) => n * d, 1) || size === 0) return false
  return unify(
    subAxes,
    axes.flatMap((a) => reader[a]!),
    value.flat(),
  )
}

/** True if the placement has no sub-axis twice. */
export const proper = (subAxes: SubAxes, p: Placement): boolean => {
  const list = resolve(subAxes, p.flat())
  return new Set(list).size === list.length
}

/**
 * Brings placements that no read connects into one space. From the last axis on, each sub-axis of a placement is
 * unified with an unused sub-axis of the same length of the largest placement. False if there is none.
 */
export function align(subAxes: SubAxes, placements: readonly Placement[]): boolean {
  const points = (l: readonly number[]): number => l.reduce((n, a) => n * subAxes.sizes[a]!, 1)
  const lists = placements.map((p) => resolve(subAxes, p.flat())).sort((a, b) => points(b) - points(a))
  const space = lists[0] ?? []
  for (const list of lists) {
    const mine = resolve(subAxes, list)
    const now = resolve(subAxes, space)
    const free = now.filter((a) => !mine.includes(a))
    for (const a of mine.filter((a) => !now.includes(a)).reverse()) {
      let j = free.length - 1
      while (j >= 0 && subAxes.sizes[free[j]!] !== subAxes.sizes[a]) j--
      if (j < 0) return false
      if (!unify(subAxes, [free[j]!], [a])) return false
      free.length = j
    }
  }
  return true
}

/** The stride along each sub-axis of an access with the given strides along the axes of a placement. */
export function stridesBy(subAxes: SubAxes, p: Placement, strides: readonly number[]): Map<number, number> {
  const out = new Map<number, number>()
  p.forEach((list, axis) => {
    let s = strides[axis]!
    for (const x of resolve(subAxes, list).reverse()) {
      out.set(x, (out.get(x) ?? 0) + s)
      s *= subAxes.sizes[x]!
    }
  })
  return out
}
