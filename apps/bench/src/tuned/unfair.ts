import type { TunedRow } from './rows.js'
import { judge, MIN_RATES, LOWEST_RATE } from './search/searchRates.js'

/** Whether two rates, rounded to three digits, are half a decade apart. */
const isHalfDecade = (low: number, high: number): boolean => Math.abs(Math.log10(high / low) - 0.5) < 0.01

/**
 * The reasons not to publish a row: too few rates or too far apart, a best rate at the edge of the search, trials that
 * are not stored, keys of the search among those of the tests. Empty if there are none.
 */
export function unfair({ search, tests }: TunedRow): readonly string[] {
  const { tried, trials, best, interior } = search
  const found = judge(tried)
  const rates = tried.map((t) => t.learningRate)
  const searchKeys = new Set(trials.map((t) => t.networkKey))
  const missing = rates.flatMap((rate) =>
    [...searchKeys].filter((key) => !trials.some((t) => t.learningRate === rate && t.networkKey === key)),
  )
  return [
    ...(rates.length < MIN_RATES || !rates.includes(LOWEST_RATE)
      ? [`its search has ${rates.length} rates; it needs at least ${MIN_RATES} from ${LOWEST_RATE} upwards`]
      : []),
    ...(rates.slice(1).every((rate, i) => isHalfDecade(rates[i]!, rate))
      ? []
      : ['its rates are not half a decade apart']),
    ...(found.interior && interior ? [] : [`its best rate, ${best}, is at the edge of the search`]),
    ...(found.best === best ? [] : [`it was tested at ${best}, and the best rate is ${found.best}`]),
    ...(searchKeys.size === 0 || missing.length > 0 ? ['it does not store all trials of its search'] : []),
    ...(tests.some((t) => searchKeys.has(t.networkKey)) ? ['a key of its search is a key of its tests'] : []),
  ]
}
