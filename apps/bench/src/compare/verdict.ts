import type { Interval } from './bootstrap.js'

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
