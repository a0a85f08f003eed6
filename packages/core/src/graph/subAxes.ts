/**
 * The sub-axes that the spaces of fused kernels are made of. The *placement* of a value lists, for each of its axes,
 * the sub-axes that the axis consists of, most significant first: an axis of length 6 on sub-axes of lengths 2 and 3
 * has the coordinate 3·i + j. Fusion unifies and splits sub-axes; `into` records what each one became.
 */
export interface SubAxes {
  readonly sizes: number[]
  readonly into: (readonly number[] | null)[]
  readonly log: number[]
  /** Sub-axes that may not be split: time axes. */
  readonly whole: Set<number>
}

/** For each axis of a value, its sub-axes. */
export type Placement = readonly (readonly number[])[]

/** An empty table. */
export const makeSubAxes = (): SubAxes => ({ sizes: [], into: [], log: [], whole: new Set() })

/** Adds a sub-axis. */
export function newSubAxis(subAxes: SubAxes, size: number): number {
  subAxes.sizes.push(size)
  subAxes.into.push(null)
  return subAxes.sizes.length - 1
}

/** A placement on new sub-axes; axes of length 1 need none. */
export const freshPlacement = (subAxes: SubAxes, shape: readonly number[]): Placement =>
  shape.map((n) => (n === 1 ? [] : [newSubAxis(subAxes, n)]))

/** The present sub-axes of a list. */
export function resolve(subAxes: SubAxes, list: readonly number[]): number[] {
  const out: number[] = []
  const visit = (a: number): void => {
    const into = subAxes.into[a]!
    if (into === null) out.push(a)
    else into.forEach(visit)
  }
  list.forEach(visit)
  return out
}

export const resolvePlacement = (subAxes: SubAxes, p: Placement): Placement => p.map((l) => resolve(subAxes, l))

/** A mark that `undo` returns to. */
export const mark = (subAxes: SubAxes): number => subAxes.log.length

/** Undoes all unifications and splits since the mark. */
export function undo(subAxes: SubAxes, to: number): void {
  while (subAxes.log.length > to) subAxes.into[subAxes.log.pop()!] = null
}

function replace(subAxes: SubAxes, subAxis: number, by: readonly number[]): void {
  subAxes.into[subAxis] = by
  subAxes.log.push(subAxis)
}

/** Unifies two lists of sub-axes of the same total length; false if they have no common refinement. */
export function unify(subAxes: SubAxes, a: readonly number[], b: readonly number[]): boolean {
  const x = resolve(subAxes, a),
    y = resolve(subAxes, b)
  while (x.length > 0 && y.length > 0) {
    const i = x.pop()!,
      j = y.pop()!
    if (i === j) continue
    const m = subAxes.sizes[i]!,
      n = subAxes.sizes[j]!
    if (m === n) {
      if (subAxes.whole.has(i) && subAxes.whole.has(j)) return false
      // The first list is replaced, so that earlier placements keep their sub-axes.
      if (subAxes.whole.has(i)) replace(subAxes, j, [i])
      else replace(subAxes, i, [j])
    } else {
      const [large, small, rest] = m > n ? [i, j, x] : [j, i, y]
      const q = subAxes.sizes[large]! / subAxes.sizes[small]!
      if (!Number.isInteger(q) || subAxes.whole.has(large)) return false
      const high = newSubAxis(subAxes, q)
      replace(subAxes, large, [high, small])
      rest.push(high)
    }
    // The replacement may affect sub-axes that are still on the lists.
    x.splice(0, x.length, ...resolve(subAxes, x))
    y.splice(0, y.length, ...resolve(subAxes, y))
  }
  return x.length === y.length
}
