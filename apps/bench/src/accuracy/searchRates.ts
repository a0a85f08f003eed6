/** Searches a learning rate in the same way for every estimator, without stopping at an edge. */
import { beyond, inTurn, searchBest } from '@spikeward/experiment'

/**
 * A rate that was tried: the mean over the search's keys of the error on the validation points; null if a run failed.
 */
export type TriedRate = { readonly learningRate: number; readonly validation: number | null }

export type RateSearch = {
  /** From the lowest rate to the highest. */
  readonly tried: readonly TriedRate[]
  /** The rate with the least error; null if all failed. */
  readonly best: number | null
  /** Whether a lower and a higher rate than the best were tried. */
  readonly interior: boolean
}

/** The least rate that every search tries, and the least number of rates. */
export const LOWEST_RATE = 1e-4
export const MIN_RATES = 5

/** Rates beyond which a search gives up: its result is then marked as at an edge. */
const [GIVE_UP_BELOW, GIVE_UP_ABOVE] = [1e-7, 1e2]

/** 10^(halves/2), such as 3.16e-4 for −7. */
const rateAt = (halves: number): number => Number((10 ** (halves / 2)).toPrecision(3))
const LOWEST = Math.round(2 * Math.log10(LOWEST_RATE))

/** The best of the tried rates, and whether it is in their interior. `tried` is sorted. */
export function judge(tried: readonly TriedRate[]): Pick<RateSearch, 'best' | 'interior'> {
  const error = (t: TriedRate): number => t.validation ?? Infinity
  const best = tried.reduce<TriedRate | null>((a, b) => (error(b) < (a === null ? Infinity : error(a)) ? b : a), null)
  const place = best === null ? -1 : tried.indexOf(best)
  return { best: best?.learningRate ?? null, interior: place > 0 && place < tried.length - 1 }
}

/**
 * Tries rates half a decade apart: the first `count` from 1e-4 upwards, then further ones beyond an end while the best
 * rate is at that end.
 *
 * @param count rates at least, 5 or more
 * @param error the error at a rate, from a run of full length; null if it failed
 * @param onMore called with the number of rates beyond `count`, before they are tried
 */
export async function searchRates(
  count: number,
  error: (learningRate: number) => Promise<number | null>,
  onMore: (rates: number) => void = () => undefined,
): Promise<RateSearch> {
  const halves = Array.from({ length: Math.max(count, MIN_RATES) }, (_, i) => LOWEST + i)
  if (count < MIN_RATES) onMore(MIN_RATES - count)
  // If all rates failed, lower ones may succeed.
  const found = await searchBest(
    beyond(halves, (place) => rateAt(place) >= GIVE_UP_BELOW && rateAt(place) <= GIVE_UP_ABOVE),
    inTurn(async (candidate: number) => {
      if (!halves.includes(candidate)) onMore(1)
      const learningRate = rateAt(candidate)
      const validation = await error(learningRate)
      return { candidate, error: validation ?? Infinity, rate: { learningRate, validation } }
    }),
  )
  const tried = found.tried.toSorted((a, b) => a.candidate - b.candidate).map(({ rate }) => rate)
  return { tried, ...judge(tried) }
}
