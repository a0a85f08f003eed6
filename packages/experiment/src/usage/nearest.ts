/** Similar names, for messages that suggest the intended one. */

/**
 * Edit distance with transpositions (optimal string alignment): inserting, deleting, replacing or swapping two adjacent
 * letters costs 1 each.
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (before[j - 2] ?? 0) + 1)
      row.push(best)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

/**
 * The known name that is most similar to the given one, or null if none is similar (more than about two letters in five
 * differ).
 */
export function nearest(name: string, known: readonly string[]): string | null {
  const plain = (s: string): string => s.toLowerCase().replaceAll(/[-_ ]/g, '')
  let best: string | null = null
  let least = Infinity
  for (const candidate of known) {
    const distance = editDistance(plain(name), plain(candidate))
    const limit = Math.max(1, Math.floor(0.4 * Math.max(name.length, candidate.length)))
    const prefix = plain(name).length >= 3 && plain(candidate).startsWith(plain(name))
    const score = prefix ? Math.min(distance, 0.5) : distance
    if (score <= limit && score < least) {
      least = score
      best = candidate
    }
  }
  return best
}
