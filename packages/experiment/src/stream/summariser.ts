/** The summary of a stream. */
export interface StreamSummary {
  readonly samples: number
  /** Root mean square of the errors; null without a target. */
  readonly error: number | null
  /** The same for about the last tenth of the samples that were counted. */
  readonly lastError: number | null
  /** The error of predicting the target that was the last one when the prediction was due. */
  readonly persistence: number | null
  /** The same for the samples of `lastError`. */
  readonly lastPersistence: number | null
  readonly seconds: number
}

/** Squared errors and their number, and the same for the changes of targets over the horizon. */
interface Sums {
  readonly squares: number
  readonly errors: number
  readonly changes: number
  readonly changed: number
}

const nothing: Sums = { squares: 0, errors: 0, changes: 0, changed: 0 }

const join = (a: Sums, b: Sums): Sums => ({
  squares: a.squares + b.squares,
  errors: a.errors + b.errors,
  changes: a.changes + b.changes,
  changed: a.changed + b.changed,
})

/**
 * Gathers the summary of a stream in constant memory.
 *
 * @param horizon samples that the targets lie ahead
 */
export function summariser(
  now: () => number,
  horizon = 0,
): { add(y: ArrayLike<number>, error: number): void; summary(): StreamSummary } {
  const begun = now()
  let samples = 0
  /** Sums over all samples, and over equal blocks of them; two neighbours are joined when there are too many. */
  let all = nothing
  let blocks: Sums[] = []
  let blockSize = 1
  /** Targets since the one that persistence predicts now. */
  const targets: ArrayLike<number>[] = []
  const root = (sum: number, n: number): number | null => (n === 0 ? null : Math.sqrt(sum / n))
  return {
    add(y, error) {
      samples++
      const last = targets.length >= Math.max(horizon, 1) ? targets.shift() : undefined
      const changes =
        last === undefined ? [] : Array.from(y, (v, i) => (v - last[i]!) ** 2).filter((d) => !Number.isNaN(d))
      targets.push(Array.from(y))
      const hasError = !Number.isNaN(error)
      const sums: Sums = {
        squares: hasError ? error ** 2 : 0,
        errors: hasError ? 1 : 0,
        changes: changes.reduce((a, b) => a + b, 0),
        changed: changes.length,
      }
      all = join(all, sums)
      if (!hasError) return
      const open = blocks.at(-1)
      if (open !== undefined && open.errors < blockSize) blocks[blocks.length - 1] = join(open, sums)
      else blocks.push(sums)
      if (blocks.length > 200) {
        blocks = Array.from({ length: Math.ceil(blocks.length / 2) }, (_, i) =>
          blocks.slice(2 * i, 2 * i + 2).reduce(join),
        )
        blockSize *= 2
      }
    },
    summary() {
      let end = nothing
      for (let i = blocks.length - 1; i >= 0 && end.errors < all.errors / 10; i--) end = join(end, blocks[i]!)
      return {
        samples,
        error: root(all.squares, all.errors),
        lastError: root(end.squares, end.errors),
        persistence: root(all.changes, all.changed),
        lastPersistence: root(end.changes, end.changed),
        seconds: now() - begun,
      }
    },
  }
}
