/**
 * The axes of fused kernels. An *atom* is an axis of a kernel's space in the making. A value's *placement* says, for
 * each of its axes, which atoms it runs over, most significant first: an axis of length 6 placed on atoms of lengths
 * 2 and 3 has coordinate 3·i + j. Atoms are identified and split as values join; readers resolve through the table.
 */
export interface Atoms {
  readonly sizes: number[]
  readonly into: (readonly number[] | null)[]
  readonly log: number[]
  /** Atoms that may not be split: time axes. */
  readonly whole: Set<number>
}

export type Placement = readonly (readonly number[])[]

export const makeAtoms = (): Atoms => ({ sizes: [], into: [], log: [], whole: new Set() })

/** A new atom. */
export function newAtom(atoms: Atoms, size: number): number {
  atoms.sizes.push(size)
  atoms.into.push(null)
  return atoms.sizes.length - 1
}

/** A placement on atoms of its own; axes of length 1 need none. */
export const freshPlacement = (atoms: Atoms, shape: readonly number[]): Placement =>
  shape.map((n) => (n === 1 ? [] : [newAtom(atoms, n)]))

/** The atoms that a list stands for now. */
export function resolve(atoms: Atoms, list: readonly number[]): number[] {
  const out: number[] = []
  const visit = (a: number): void => {
    const into = atoms.into[a]!
    if (into === null) out.push(a)
    else into.forEach(visit)
  }
  list.forEach(visit)
  return out
}

export const resolvePlacement = (atoms: Atoms, p: Placement): Placement => p.map((l) => resolve(atoms, l))

/** A mark to go back to with `undo`. */
export const mark = (atoms: Atoms): number => atoms.log.length

/** Takes back all identifications and splits since the mark. */
export function undo(atoms: Atoms, to: number): void {
  while (atoms.log.length > to) atoms.into[atoms.log.pop()!] = null
}

function replace(atoms: Atoms, atom: number, by: readonly number[]): void {
  atoms.into[atom] = by
  atoms.log.push(atom)
}

/** Makes two lists of atoms that run over the same extent the same list; false where they have no common refinement. */
export function unify(atoms: Atoms, a: readonly number[], b: readonly number[]): boolean {
  const x = resolve(atoms, a),
    y = resolve(atoms, b)
  while (x.length > 0 && y.length > 0) {
    const i = x.pop()!,
      j = y.pop()!
    if (i === j) continue
    const m = atoms.sizes[i]!,
      n = atoms.sizes[j]!
    if (m === n) {
      if (atoms.whole.has(i) && atoms.whole.has(j)) return false
      // The first list gives way, so that what has been placed earlier stays as it is.
      if (atoms.whole.has(i)) replace(atoms, j, [i])
      else replace(atoms, i, [j])
    } else {
      const [large, small, rest] = m > n ? [i, j, x] : [j, i, y]
      const q = atoms.sizes[large]! / atoms.sizes[small]!
      if (!Number.isInteger(q) || atoms.whole.has(large)) return false
      const high = newAtom(atoms, q)
      replace(atoms, large, [high, small])
      rest.push(high)
    }
    // Replacements may have touched what is still to come.
    x.splice(0, x.length, ...resolve(atoms, x))
    y.splice(0, y.length, ...resolve(atoms, y))
  }
  return x.length === y.length
}
