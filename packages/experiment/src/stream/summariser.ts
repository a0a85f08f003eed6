/** The summary of a stream. */
export interface StreamSummary {
  readonly samples: number
  /** Root mean square of the errors; null without a target. */
  readonly error: number | null
  /** The same for about the last tenth of the samples that were counted. */
  readonly lastError: number | null
  /** The error of predicting the target that was the last one when the prediction was due. */
  readonly persistence: number | null
  readonly seconds: number
}

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
  let squares = 0
  let counted = 0
  /** Targets since the one that persistence predicts now. */
  const targets: ArrayLike<number>[] = []
  let persistence = 0
  let persisted = 0
  /** Sums of squared errors of equal blocks; two neighbours are joined when there are too many. */
  let blocks: { sum: number; count: number }[] = []
  let blockSize = 1
  const root = (sum: number, n: number): number | null => (n === 0 ? null : Math.sqrt(sum / n))
  return {
    add(y, error) {
      samples++
      const last = targets.length >= Math.max(horizon, 1) ? targets.shift() : undefined
      if (last !== undefined) {
        const differences = Array.from(y, (v, i) => (v - last[i]!) ** 2).filter((d) => !Number.isNaN(d))
        persistence += differences.reduce((a, b) => a + b, 0)
        persisted += differences.length
      }
      targets.push(Array.from(y))
      if (Number.isNaN(error)) return
      squares += error ** 2
      counted++
      const open = blocks.at(-1)
      if (open !== undefined && open.count < blockSize) {
        open.sum += error ** 2
        open.count++
      } else blocks.push({ sum: error ** 2, count: 1 })
      if (blocks.length > 200) {
        blocks = Array.from({ length: Math.ceil(blocks.length / 2) }, (_, i) => {
          const [a, b = { sum: 0, count: 0 }] = blocks.slice(2 * i, 2 * i + 2) as [{ sum: number; count: number }]
          return { sum: a.sum + b.sum, count: a.count + b.count }
        })
        blockSize *= 2
      }
    },
    summary() {
      let [sum, n] = [0, 0]
      for (let i = blocks.length - 1; i >= 0 && n < counted / 10; i--) {
        sum += blocks[i]!.sum
        n += blocks[i]!.count
      }
      return {
        samples,
        error: root(squares, counted),
        lastError: root(sum, n),
        persistence: root(persistence, persisted),
        seconds: now() - begun,
      }
    },
  }
}
