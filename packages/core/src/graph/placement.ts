import type { Atoms, Placement } from './subAxes.js'
import { resolve, unify } from './subAxes.js'
import type { ValueRef } from './graph.js'

/**
 * Places the axes of a reader on the atoms of the value that it reads. Possible where the reader runs over the value
 * once, whole: its axes with stride ≠ 0 are a mixed radix over the value's elements. Its other axes (broadcast) stay free.
 */
export function unifyRead(atoms: Atoms, reader: Placement, ref: ValueRef, value: Placement): boolean {
  if (ref.offset !== 0 || ref.advance.some((d) => d !== 0)) return false
  const axes = ref.strides.flatMap((s, a) => (s === 0 ? [] : [a])).sort((a, b) => ref.strides[b]! - ref.strides[a]!)
  let size = 1
  for (let i = axes.length - 1; i >= 0; i--) {
    if (ref.strides[axes[i]!] !== size) return false
    size *= ref.shape[axes[i]!]!
  }
  if (size !== ref.value.aval.shape.reduce((n, d) => n * d, 1) || size === 0) return false
  return unify(
    atoms,
    axes.flatMap((a) => reader[a]!),
    value.flat(),
  )
}

/** True where no placement runs over one atom twice. */
export const proper = (atoms: Atoms, p: Placement): boolean => {
  const list = resolve(atoms, p.flat())
  return new Set(list).size === list.length
}

/**
 * Brings placements that no reading connects into one space: each is aligned, by equal lengths from the last axis on,
 * with atoms of the largest that it does not use. False where that does not fit.
 */
export function align(atoms: Atoms, placements: readonly Placement[]): boolean {
  const points = (l: readonly number[]): number => l.reduce((n, a) => n * atoms.sizes[a]!, 1)
  const lists = placements.map((p) => resolve(atoms, p.flat())).sort((a, b) => points(b) - points(a))
  const space = lists[0] ?? []
  for (const list of lists) {
    const mine = resolve(atoms, list)
    const now = resolve(atoms, space)
    const free = now.filter((a) => !mine.includes(a))
    for (const a of mine.filter((a) => !now.includes(a)).reverse()) {
      let j = free.length - 1
      while (j >= 0 && atoms.sizes[free[j]!] !== atoms.sizes[a]) j--
      if (j < 0) return false
      if (!unify(atoms, [free[j]!], [a])) return false
      free.length = j
    }
  }
  return true
}

/** The stride along each atom of an access that has the given strides along the axes of a placement. */
export function stridesBy(atoms: Atoms, p: Placement, strides: readonly number[]): Map<number, number> {
  const out = new Map<number, number>()
  p.forEach((list, axis) => {
    let s = strides[axis]!
    for (const x of resolve(atoms, list).reverse()) {
      out.set(x, (out.get(x) ?? 0) + s)
      s *= atoms.sizes[x]!
    }
  })
  return out
}
