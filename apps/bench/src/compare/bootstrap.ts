/** Bootstrap intervals of ratios of medians, with a generator of a fixed key, so that a verdict is reproducible. */
import { sampleMedian as median } from '@spikeward/train'

/** Times of two builds, round by round: each round of one is paired with the same round of the other. */
export type Pair = readonly [old: number, now: number]

/** A ratio new / old, and the interval that contains it with probability `confidence`. */
export type Interval = { readonly ratio: number; readonly low: number; readonly high: number }

const RESAMPLES = 2000
const CONFIDENCE = 0.99

/** Uniform on [0, 1): the generator "mulberry32". */
function uniforms(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(q * sorted.length)))] ?? Number.NaN

function intervalOf(ratio: number, draw: (pick: <T>(from: readonly T[]) => T) => number, start: number): Interval {
  const random = uniforms(start)
  const draws = Array.from({ length: RESAMPLES }, () => draw((from) => from[Math.floor(random() * from.length)]!))
  const sorted = draws.sort((a, b) => a - b)
  const tail = (1 - CONFIDENCE) / 2
  return { ratio, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
}

/**
 * The median over rounds of new / old, with its bootstrap interval: rounds are drawn with replacement. `sittings` are
 * groups of rounds that share something, such as the two processes that ran them. Groups are drawn first, then rounds
 * within each (the cluster bootstrap), since two processes of one build differ by more than their rounds do.
 */
export function pairedInterval(sittings: readonly (readonly Pair[])[], start = 1): Interval {
  const ratios = sittings.map((pairs) => pairs.map(([old, now]) => now / old))
  return intervalOf(
    median(ratios.flat()),
    (pick) =>
      median(
        ratios.flatMap(() => {
          const rounds = pick(ratios)
          return rounds.map(() => pick(rounds))
        }),
      ),
    start,
  )
}

/** The ratio of medians new / old of times that were not measured together, each drawn separately. */
export function unpairedInterval(old: readonly number[], now: readonly number[], start = 1): Interval {
  return intervalOf(
    median(now) / median(old),
    (pick) => median(now.map(() => pick(now))) / median(old.map(() => pick(old))),
    start,
  )
}

/**
 * The verdict of an interval: `slower` or `faster` if all of it is beyond the bound, `same` if all of it is within,
 * `unsure` if it crosses the bound.
 */
export type Verdict = 'slower' | 'faster' | 'same' | 'unsure'

export function verdictOf({ low, high }: Interval, bound: number): Verdict {
  if (low > 1 + bound) return 'slower'
  if (high < 1 / (1 + bound)) return 'faster'
  if (low >= 1 / (1 + bound) && high <= 1 + bound) return 'same'
  return 'unsure'
}

export type Comparison = { readonly label: string; readonly interval: Interval; readonly verdict: Verdict }
