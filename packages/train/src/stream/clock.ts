/** Places samples on the axis of time by the time that they carry. */
export interface Clock {
  /**
   * The number of missing samples before a sample of this time; null for one that is late or doubled, which is passed
   * over.
   */
  place(time: number): number | null
  /** All state: samples placed, the last time, and the counts of {@link ClockCounts}. */
  readonly state: Float64Array
}

/** Samples that a clock treated specially. */
export interface ClockCounts {
  /** Passed over: before the last time. */
  readonly late: number
  /** Passed over: at the last time. */
  readonly doubled: number
  /** Inserted into gaps. */
  readonly missing: number
  /** Times that the clock was set: a gap of more than `LONGEST_GAP` intervals, forward or back. */
  readonly jumps: number
}

/** Numbers of a clock's state. */
export const CLOCK_STATE = 6

/** The longest gap that is filled, and the latest sample that is called late, in intervals. */
export const LONGEST_GAP = 1000

/**
 * Time increases. A sample at or before the last time is passed over; with an `interval`, the samples of a gap count as
 * missing. A gap of more than `LONGEST_GAP` intervals, forward or back, is a clock that was set: `span` missing samples
 * then part what was before from what follows. Without an `interval` a clock that was set back is not told from late
 * samples.
 *
 * @param interval time between two samples; undefined: gaps are not seen
 * @param span samples that one prediction reaches over
 * @param state {@link CLOCK_STATE} numbers, which it changes: 0 to begin, or those of an earlier one
 */
export function clock(interval: number | undefined, span: number, state: Float64Array): Clock {
  const [SEEN, LAST, LATE, DOUBLED, MISSING, JUMPS] = [0, 1, 2, 3, 4, 5] as const
  return {
    state,
    place(time) {
      const last = state[LAST]!
      const steps = interval === undefined ? 1 : (time - last) / interval
      const isFirst = state[SEEN]! === 0
      const isJump = !isFirst && interval !== undefined && Math.abs(steps) > LONGEST_GAP
      if (!isFirst && !isJump && time <= last) {
        state[time < last ? LATE : DOUBLED]!++
        return null
      }
      state[SEEN]!++
      state[LAST] = time
      if (isJump) state[JUMPS]!++
      if (isFirst || isJump) return isJump ? span : 0
      const missing = Math.max(Math.round(steps) - 1, 0)
      state[MISSING]! += missing
      return missing
    },
  }
}

/** The counts in the state of a clock. */
export const clockCounts = ([, , late, doubled, missing, jumps]: Float64Array): ClockCounts => ({
  late: late!,
  doubled: doubled!,
  missing: missing!,
  jumps: jumps!,
})
