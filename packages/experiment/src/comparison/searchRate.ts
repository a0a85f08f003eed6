import { type Tried, beyond, searchBest } from '../search/searchBest.js'
import type { Trial } from './trial.js'

export type TriedRate = Pick<Trial, 'validation' | 'steps' | 'seconds'> & { readonly learningRate: number }

export type RateSearch = {
  /** From the lowest rate to the highest. */
  readonly tried: readonly TriedRate[]
  readonly learningRate: number
  /** Whether the best rate is the largest or smallest that was tried, so that a better one may exist beyond. */
  readonly atEdge: boolean
}

const RATIO = Math.sqrt(10)

/**
 * Searches a learning rate on the validation points: three rates half a decade apart around `start`, then further ones
 * beyond whichever end is best, up to `most` rates.
 *
 * @param most the most rates to try; 1: `start` is used without a search
 */
export async function searchRate(
  start: number,
  most: number,
  run: (learningRate: number) => Promise<Pick<Trial, 'validation' | 'steps' | 'seconds'>>,
): Promise<RateSearch> {
  if (most <= 1) return { tried: [], learningRate: start, atEdge: false }
  const rateAt = (place: number): number => Number((start * RATIO ** place).toPrecision(3))
  const strategy = beyond([0, -1, 1].slice(0, most), (_, tried) => tried < most)
  const tryAt = async (candidate: number): Promise<Tried<number> & TriedRate> => {
    const learningRate = rateAt(candidate)
    const { validation, steps, seconds } = await run(learningRate)
    return { candidate, error: validation ?? Infinity, learningRate, validation, steps, seconds }
  }
  const { tried, best } = await searchBest(strategy, (wave) => Promise.all(wave.map(tryAt)))
  const sorted = tried.toSorted((a, b) => a.candidate - b.candidate)
  const place = best?.candidate ?? 0
  return {
    tried: sorted.map(({ candidate: _, error: _e, ...rate }) => rate),
    learningRate: rateAt(place),
    atEdge: place === sorted[0]?.candidate || place === sorted.at(-1)?.candidate,
  }
}
