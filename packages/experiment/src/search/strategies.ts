/** How a search chooses the settings that it tries next, as pure functions of what it has found. */
import type { OptionValue } from '../catalogue/optionValues.js'
import type { Strategy, Tried } from './searchBest.js'

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

type TriedPoint = Tried<Point>

/** Uniform numbers in [0, 1) for trial `i`: the same for the same key. */
export type Uniforms = (i: number, count: number) => Promise<readonly number[]>

/** Independent settings, uniform in every dimension: trial `i` of random search (Bergstra & Bengio, JMLR 2012). */
export async function randomPoint(space: readonly Dimension[], i: number, uniforms: Uniforms): Promise<Point> {
  const u = await uniforms(i, space.length)
  return Object.fromEntries(space.map((d, k) => [d.name, valueAt(d, u[k]!)]))
}

export const bestOf = <T extends { readonly error: number }>(tried: readonly T[], keep: number): readonly T[] =>
  [...tried].sort((a, b) => a.error - b.error).slice(0, keep)

/** Share of the settings that count as good ones, and the number of candidates that are compared. */
const [GOOD, CANDIDATES] = [0.25, 24]

/** Density of a mixture on [0, 1]: a normal around each place, and the uniform density with the weight of one place. */
type Mixture = { readonly places: readonly number[]; readonly widths: readonly number[] }

function mixtureOf(places: readonly number[]): Mixture {
  const sorted = [...places].sort((a, b) => a - b)
  // Each normal reaches to its farther neighbour, as in Bergstra et al.; the ends of the range are neighbours too.
  const least = 1 / Math.min(100, places.length + 2)
  const widths = sorted.map((p, i) => Math.max(least, p - (sorted[i - 1] ?? 0), (sorted[i + 1] ?? 1) - p))
  return { places: sorted, widths }
}

const densityAt = (x: number, { places, widths }: Mixture): number =>
  places.reduce((sum, p, i) => sum + Math.exp(-0.5 * ((x - p) / widths[i]!) ** 2) / (widths[i]! * 2.5066), 1) /
  (places.length + 1)

/** A sample of a mixture from three uniform numbers; Box and Muller's normal, reflected into [0, 1]. */
function sampleOf({ places, widths }: Mixture, [which, a, b]: readonly [number, number, number]): number {
  const i = Math.floor(which * (places.length + 1))
  if (i === places.length) return a
  // Not boxMuller: another order of these products would change the settings that a search chooses.
  const x = places[i]! + widths[i]! * Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b)
  const folded = Math.abs(x) % 2
  return Math.min(1 - 1e-12, folded > 1 ? 2 - folded : folded)
}

/** The share of each choice among places: each choice counts once more than it occurs. */
function sharesOf(count: number, places: readonly number[]): readonly number[] {
  const counts = new Array<number>(count).fill(1)
  for (const p of places) counts[Math.min(count - 1, Math.floor(p * count))]! += 1
  return counts.map((c) => c / (places.length + count))
}

/** One dimension of a candidate: its value, and log l(x) − log g(x) for good and other settings. */
type Draw = { readonly value: OptionValue; readonly gain: number }

function drawOf(
  d: Dimension,
  good: readonly number[],
  other: readonly number[],
  u: readonly [number, number, number],
): Draw {
  if (d.kind === 'choice') {
    const [shares, rest] = [sharesOf(d.choices.length, good), sharesOf(d.choices.length, other)]
    let i = 0
    for (let left = u[0] - shares[0]!; left >= 0 && i < shares.length - 1; i++) left -= shares[i + 1]!
    return { value: d.choices[i]!, gain: Math.log(shares[i]! / rest[i]!) }
  }
  const mixture = mixtureOf(good)
  const value = valueAt(d, sampleOf(mixture, u))
  const place = placeOf(d, value)
  return { value, gain: Math.log(densityAt(place, mixture) / densityAt(place, mixtureOf(other))) }
}

/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio & Kégl, NeurIPS 2011): candidates are drawn from the
 * density l of the best quarter of the settings, and the one with the largest l/g is tried, g the density of the
 * others. Dimensions are independent of each other.
 */
export async function parzenPoint(
  space: readonly Dimension[],
  tried: readonly TriedPoint[],
  i: number,
  uniforms: Uniforms,
): Promise<Point> {
  const good = bestOf(tried, Math.max(1, Math.ceil(GOOD * tried.length)))
  const other = tried.filter((t) => !good.includes(t))
  const u = await uniforms(i, 3 * CANDIDATES * space.length)
  const places = (d: Dimension, of: readonly TriedPoint[]): readonly number[] =>
    of.map(({ candidate }) => placeOf(d, candidate[d.name]!))
  const candidates = Array.from({ length: CANDIDATES }, (_, c) => {
    const draws = space.map((d, k): Draw => {
      const at = 3 * (c * space.length + k)
      return drawOf(d, places(d, good), places(d, other), [u[at]!, u[at + 1]!, u[at + 2]!])
    })
    return { draws, gain: draws.reduce((sum, { gain }) => sum + gain, 0) }
  })
  const best = candidates.reduce((a, b) => (b.gain > a.gain ? b : a))
  return Object.fromEntries(space.map((d, k) => [d.name, best.draws[k]!.value]))
}

/** The number of random settings with which a Bayesian search begins: a quarter of all, at most ten. */
const beginOf = (trials: number): number => Math.max(2, Math.min(10, Math.ceil(trials / 4)))

/**
 * A first point, then random ones, then proposals of the tree-structured Parzen estimator, `proposals` at a time, until
 * there are `trials`.
 *
 * @param first the point of the run without a search; empty if the space does not contain it
 */
export const bayesian =
  (space: readonly Dimension[], first: Point, trials: number, proposals: number, uniforms: Uniforms): Strategy<Point> =>
  async (tried) => {
    if (tried.length === 0) {
      const begin = Math.min(trials, beginOf(trials))
      const random = Array.from({ length: begin - 1 }, (_, i) => randomPoint(space, 1 + i, uniforms))
      return [first, ...(await Promise.all(random))]
    }
    const count = Math.max(0, Math.min(proposals, trials - tried.length))
    const complete = tried.filter(({ candidate }) => space.every(({ name }) => candidate[name] !== undefined))
    return Promise.all(
      Array.from({ length: count }, (_, i) => parzenPoint(space, complete, tried.length + i, uniforms)),
    )
  }
