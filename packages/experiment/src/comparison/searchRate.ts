import type { Trial } from './trial.js'

/** One rate that was tried, with its error on the validation points; null if the run failed. */
export type Tried = {
  readonly learningRate: number
  readonly validation: number | null
  readonly steps: number
  readonly seconds: number
}

export type RateTrial = Pick<Trial, 'validation' | 'steps' | 'seconds'>

export type Search = {
  readonly tried: readonly Tried[]
  readonly learningRate: number
  /** Whether the best rate is the largest or smallest that was tried, so that a better one may exist beyond. */
  readonly atEdge: boolean
}

/** Ratio of adjacent rates: half a decade. */
const RATIO = Math.sqrt(10)

const rounded = (rate: number): number => Number(rate.toPrecision(3))

/**
 * Searches a learning rate on the validation points: three rates half a decade apart around `start`, then further ones
 * beyond whichever end is best, up to `most` rates.
 *
 * @param most the most rates to try; 1: `start` is used without a search
 */
export async function searchRate(
  start: number,
  most: number,
  run: (learningRate: number) => Promise<RateTrial>,
): Promise<Search> {
  if (most <= 1) return { tried: [], learningRate: start, atEdge: false }
  const found = new Map<number, RateTrial>()
  /** Among rates with equal errors the first wins, so rates are ordered by their place, not by when their runs end. */
  const tryAt = async (...places: readonly number[]): Promise<void> => {
    const trials = await Promise.all(places.map((place) => run(rounded(start * RATIO ** place))))
    places.forEach((place, i) => found.set(place, trials[i]!))
  }
  const score = (place: number): number => found.get(place)?.validation ?? Infinity
  const best = (): number => [...found.keys()].reduce((a, b) => (score(b) < score(a) ? b : a))
  const ends = (): readonly [number, number] => [Math.min(...found.keys()), Math.max(...found.keys())]
  await tryAt(...[0, -1, 1].slice(0, most))
  while (found.size < most) {
    const [low, high] = ends()
    // No finite error: the rates are too high.
    if (best() === low || score(best()) === Infinity) await tryAt(low - 1)
    else if (best() === high) await tryAt(high + 1)
    else break
  }
  const [low, high] = ends()
  const tried = [...found.keys()]
    .sort((a, b) => a - b)
    .map((place): Tried => {
      const { steps, seconds, validation } = found.get(place) as RateTrial
      return { learningRate: rounded(start * RATIO ** place), validation, steps, seconds }
    })
  return {
    tried,
    learningRate: rounded(start * RATIO ** best()),
    atEdge: best() === low || best() === high,
  }
}
