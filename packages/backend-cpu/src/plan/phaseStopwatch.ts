/** Times the phases of a run. */
export interface Stopwatch {
  /** Records that a phase has ended. A phase inside a loop ends many times in a run. */
  readonly mark: (phase: number) => void
  /** Runs a module whose phases are marked. */
  time(run: () => void): void
  /** Seconds of each phase in the fastest run so far. */
  readonly fastest: readonly number[]
}

/** Makes a stopwatch for this many phases. */
export function stopwatch(phases: number): Stopwatch {
  const fastest = Array.from({ length: phases }, () => Infinity)
  const current = new Float64Array(phases)
  let last = 0
  return {
    fastest,
    mark(phase) {
      const now = performance.now()
      current[phase]! += (now - last) / 1000
      last = now
    },
    time(run) {
      current.fill(0)
      last = performance.now()
      run()
      for (const [i, seconds] of current.entries()) fastest[i] = Math.min(fastest[i]!, seconds)
    },
  }
}
