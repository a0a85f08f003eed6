/** Hands out stretches of a range that may grow at its end. */
export interface FreeList {
  /** Where `bytes` free bytes begin, or null where no stretch is long enough. */
  take(bytes: number): number | null
  give(at: number, bytes: number): void
  /** Makes the range longer. */
  grow(bytes: number): void
}

/**
 * Best fit in a list in order of address: of the free stretches the shortest that is long enough; neighbours that become
 * free are joined.
 */
export function freeList(): FreeList {
  const free: { at: number; bytes: number }[] = []
  let end = 0
  const give = (at: number, bytes: number): void => {
    let i = free.findIndex((f) => f.at > at)
    if (i < 0) i = free.length
    free.splice(i, 0, { at, bytes })
    for (const k of [i + 1, i]) {
      const [before, after] = [free[k - 1], free[k]]
      if (before === undefined || after === undefined || before.at + before.bytes !== after.at) continue
      before.bytes += after.bytes
      free.splice(k, 1)
    }
  }
  return {
    take(bytes) {
      let best = -1
      for (const [i, f] of free.entries()) if (f.bytes >= bytes && (best < 0 || f.bytes < free[best]!.bytes)) best = i
      const found = free[best]
      if (found === undefined) return null
      const { at } = found
      found.at += bytes
      found.bytes -= bytes
      if (found.bytes === 0) free.splice(best, 1)
      return at
    },
    give,
    grow(bytes) {
      give(end, bytes)
      end += bytes
    },
  }
}
