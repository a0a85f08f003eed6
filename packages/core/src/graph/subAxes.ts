/**
 * The axes of fused kernels. An *atom* is an axis of a kernel's space in the making. A value's *placement* says, for
 * each of its axes, which subAxes it runs over, most significant first: an axis of length 6 placed on subAxes of lengths
 * 2 and 3 has coordinate 3·i + j. SubAxes are identified and split as values join; readers resolve through the table.
 */
export interface SubAxes {
  readonly sizes: number[]
  readonly into: (readonly number[] | null)[]
  readonly log: number[]
  /** SubAxes that may not be split: time axes. */
  readonly whole: Set<number>
}

export type Placement = readonly (readonly number[])[]

export const makeSubAxes = (): SubAxes => ({ sizes: [], into: [], log: [], whole: new Set() })

/** A new atom. */
export function newSubAxis(subAxes: SubAxes, size: number): number {
  subAxes.sizes.push(size)
  subAxes.into.push(null)
  return subAxes.sizes.length - 1
}

/** A placement on subAxes of its own; axes of length 1 need none. */
export const freshPlacement = (subAxes: SubAxes, shape: readonly number[]): Placement =>
  shape.map((n) => (n === 1 ? [] : [newSubAxis(subAxes, n)]))

/** The subAxes that a list stands for now. */
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

/** A mark to go back to with `undo`. */
export const mark = (subAxes: SubAxes): number => subAxes.log.length

/** Takes back all identifications and splits since the mark. */
export function undo(subAxes: SubAxes, to: number): void {
  while (subAxes.log.length > to) subAxes.into[subAxes.log.pop()!] = null
}

function replace(subAxes: SubAxes, atom: number, by: readonly number[]): void {
  subAxes.into[atom] = by
  subAxes.log.push(atom)
}

/** Makes two lists of subAxes that run over the same extent the same list; false where they have no common refinement. */
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
      // The first list gives way, so that what has been placed earlier stays as it is.
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
    // Replacements may have touched what is still to come.
    x.splice(0, x.length, ...resolve(subAxes, x))
    y.splice(0, y.length, ...resolve(subAxes, y))
  }
  return x.length === y.length
}
