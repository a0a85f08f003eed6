/** Pairs the inputs of a sample and of those before it with the targets of a later one. */
export interface Lagged {
  /**
   * Takes the inputs of the newest sample.
   *
   * @returns the inputs of the sample `horizon` before it and of the `delays` − 1 before that, the latest first, NaN before the stream
   *   began; null while there is no sample `horizon` before it. They stay until the next call
   */
  push(x: ArrayLike<number>): Float64Array | null
  /** All state: the number of samples, then their inputs, the latest first. */
  readonly state: Float64Array
}

/** Numbers of the state of {@link lagged}. */
export const laggedState = (inputs: number, horizon: number, delays: number): number => 1 + inputs * (horizon + delays)

/**
 * @param inputs numbers of a sample's `x`
 * @param state {@link laggedState} numbers, which it changes: 0 to begin, or those of an earlier one
 */
export function lagged(inputs: number, horizon: number, delays: number, state: Float64Array): Lagged {
  const rows = state.subarray(1)
  if (state[0] === 0) rows.fill(NaN)
  return {
    state,
    push(x) {
      state[0]!++
      rows.copyWithin(inputs, 0, rows.length - inputs)
      rows.set(x)
      return state[0]! > horizon ? rows.subarray(inputs * horizon, inputs * (horizon + delays)) : null
    },
  }
}
