import { sampleMedian as median } from '@spikeward/train'

export type Runner = { readonly name: string; round(n: number): Promise<readonly number[]> }

export type Timing = {
  readonly medianMs: number
  readonly minMs: number
  /** Median of each round. */
  readonly rounds: readonly number[]
}

/**
 * Milliseconds of steps per round: 250, so that a round is long compared with the switch to another process. Tests,
 * which do not ask how long a step takes, name 0 in BENCH_ROUND_MS.
 */
const usualRoundMs = (): number => Number(process.env['BENCH_ROUND_MS'] ?? 250)

/**
 * Times runners in alternating rounds, so that a machine that slows down slows all of them down. Every second round
 * runs in the opposite order. A first round, which does not count, determines each runner's number of steps per round.
 *
 * @param roundMs milliseconds of steps per round; with 0, a round is one step
 */
export async function alternate(
  runners: readonly Runner[],
  repeat: number,
  roundMs = usualRoundMs(),
): Promise<readonly Timing[]> {
  const steps: number[] = []
  // A step of a second or more has no warm-up worth a repetition.
  const long = 4 * roundMs
  for (const runner of runners) {
    const [first = Number.NaN] = await runner.round(1)
    const once = first > long ? first : median(await runner.round(3))
    steps.push(Math.max(once > long ? 1 : 3, Math.min(200, Math.round(roundMs / once))))
  }
  const times = runners.map((): number[] => [])
  const rounds = runners.map((): number[] => [])
  for (let r = 0; r < repeat; r++) {
    const order = runners.map((_, i) => (r % 2 === 0 ? i : runners.length - 1 - i))
    for (const i of order) {
      const seconds = (await runners[i]?.round(steps[i] ?? 3)) ?? []
      times[i]?.push(...seconds)
      rounds[i]?.push(median(seconds))
    }
  }
  return times.map((t, i) => ({ medianMs: median(t), minMs: least(t), rounds: rounds[i] ?? [] }))
}

/** Our time divided by theirs, round by round, and the median of that ratio: below 1 we are faster. */
export const ratio = (ours: Timing, theirs: Timing): number =>
  median(ours.rounds.map((t, i) => t / (theirs.rounds[i] ?? Number.NaN)))

export async function timesOf(step: () => Promise<unknown>, n: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let i = 0; i < n; i++) {
    const begun = performance.now()
    await step()
    times.push(performance.now() - begun)
  }
  return times
}

export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
