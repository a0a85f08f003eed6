import type { OptionValue } from '../catalogue/optionValues.js'

/** A setting that a search varies. Numbers of a logarithmic dimension are spread evenly over their logarithm. */
export type Dimension =
  | {
      readonly name: string
      readonly kind: 'number' | 'integer'
      readonly low: number
      readonly high: number
      readonly log: boolean
    }
  | { readonly name: string; readonly kind: 'choice'; readonly choices: readonly OptionValue[] }

export type Point = Readonly<Record<string, OptionValue>>

/** Significant digits of the numbers that a search tries: few enough to type. */
const DIGITS = 4

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x))

/** The value at u ∈ [0, 1]: the ends of a range are at 0 and 1, and choices share the interval equally. */
export function valueAt(d: Dimension, u: number): OptionValue {
  if (d.kind === 'choice') return d.choices[Math.min(d.choices.length - 1, Math.floor(u * d.choices.length))]!
  const { low, high, log, kind } = d
  // Each whole number has an equal interval, so the range extends half a step beyond its ends.
  const [from, to] = kind === 'integer' && !log ? [low - 0.5, high + 0.5] : [low, high]
  const x = log ? Math.exp(Math.log(from) + u * Math.log(to / from)) : from + u * (to - from)
  return clamp(kind === 'integer' ? Math.round(x) : Number(x.toPrecision(DIGITS)), low, high)
}

/** The position u ∈ [0, 1] of a value, the inverse of {@link valueAt}. A choice is at the middle of its interval. */
export function placeOf(d: Dimension, value: OptionValue): number {
  if (d.kind === 'choice') return (d.choices.indexOf(value) + 0.5) / d.choices.length
  const { low, high, log } = d
  if (high === low) return 0.5
  const x = Number(value)
  return clamp(log ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low), 0, 1)
}

/** The part of a range at each end that counts as its edge. */
const EDGE = 0.05

/** Whether a value is away from the ends of its range, so that a wider range would not help; choices have no ends. */
export function isInterior(d: Dimension, value: OptionValue): boolean {
  if (d.kind === 'choice') return true
  const place = placeOf(d, value)
  return place > EDGE && place < 1 - EDGE
}
