/** Keeps the newest rows of a stream. */
export interface Lagged {
  /**
   * Takes the newest row.
   *
   * @param keep whether a number that is missing (NaN) is the last one before it. Default: whether the stream holds
   */
  push(row: ArrayLike<number>, keep?: boolean): void
  /**
   * The row `lag` before the newest and the `delays` − 1 before that, the latest first, NaN before the stream began;
   * null while there is no row `lag` before the newest. They stay until the next push.
   */
  at(lag: number): Float64Array | null
  /** All state: the number of rows, then the rows, the latest first. */
  readonly state: Float64Array
}

/** Numbers of the state of {@link lagged}. */
export const laggedState = (width: number, most: number, delays: number): number => 1 + width * (most + delays)

/**
 * @param width numbers of a row
 * @param delays rows that are read at once
 * @param state {@link laggedState} numbers, which it changes: 0 to begin, or those of an earlier one. They set the
 *   longest lag
 * @param hold the default of `keep`
 */
export function lagged(width: number, delays: number, state: Float64Array, hold = false): Lagged {
  const rows = state.subarray(1)
  if (state[0] === 0) rows.fill(NaN)
  return {
    state,
    push(row, keep = hold) {
      state[0]!++
      rows.copyWithin(width, 0, rows.length - width)
      for (let i = 0; i < width; i++) if (!keep || !Number.isNaN(row[i])) rows[i] = row[i]!
    },
    at: (lag) => (state[0]! > lag ? rows.subarray(width * lag, width * (lag + delays)) : null),
  }
}
