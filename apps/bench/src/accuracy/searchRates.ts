/** Searches a learning rate in the same way for every estimator, without stopping at an edge. */

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
  const found = new Map<number, TriedRate>()
  const tryAt = async (halves: number): Promise<void> => {
    const learningRate = rateAt(halves)
    found.set(halves, { learningRate, validation: await error(learningRate) })
  }
  if (count < MIN_RATES) onMore(MIN_RATES - count)
  for (let i = 0; i < Math.max(count, MIN_RATES); i++) await tryAt(LOWEST + i)
  for (;;) {
    const places = [...found.keys()].sort((a, b) => a - b)
    const tried = places.map((p) => found.get(p)!)
    const { best, interior } = judge(tried)
    const [low, high] = [places[0]!, places.at(-1)!]
    // If all rates failed, lower ones may succeed.
    const next = best === tried.at(-1)?.learningRate ? high + 1 : low - 1
    if (interior || rateAt(next) < GIVE_UP_BELOW || rateAt(next) > GIVE_UP_ABOVE) return { tried, best, interior }
    onMore(1)
    await tryAt(next)
  }
}
