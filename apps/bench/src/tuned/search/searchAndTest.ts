/** The learning rate of a network by a search, and tests with it under fresh keys. */
import { mean } from '../../sampleStatistics.js'
import type { SearchTrial, TestTrial, TunedRow } from '../rows.js'
import { searchRates } from './searchRates.js'
import type { Purpose, TrainingOutcome, TrainingSettings } from '../trainTuned.js'

/** Runs one training. */
export type Training = (settings: TrainingSettings, purpose: Purpose) => Promise<TrainingOutcome>

/** The least number of rates of a search, its keys, and those of the tests. */
export type SearchPlan = {
  readonly rates: number
  readonly searchKeys: readonly number[]
  readonly testKeys: readonly number[]
}

/** The number of trainings of a search and its tests, if the search tries no further rates. */
export const trainingsOf = ({ rates, searchKeys, testKeys }: SearchPlan): number =>
  rates * searchKeys.length + testKeys.length

/**
 * Searches the rate with the least mean error on the validation points, and tests it. There are no tests if all rates diverge.
 *
 * @param onMore called when there are more trainings than {@link trainingsOf}, with their number, or fewer, with a negative one
 */
export async function searchAndTest(
  base: Omit<TrainingSettings, 'learningRate' | 'networkKey'>,
  { rates, searchKeys, testKeys }: SearchPlan,
  run: Training,
  onMore: (trainings: number) => void,
): Promise<Pick<TunedRow, 'search' | 'tests'>> {
  const trials: SearchTrial[] = []
  const errorAt = async (learningRate: number): Promise<number | null> => {
    const errors: (number | null)[] = []
    for (const networkKey of searchKeys) {
      const { validation } = await run({ ...base, learningRate, networkKey }, 'search')
      trials.push({ learningRate, networkKey, validation })
      errors.push(validation)
    }
    return errors.includes(null) ? null : mean(errors.map(Number))
  }
  const search = await searchRates(rates, errorAt, (more) => onMore(more * searchKeys.length))
  const tests: TestTrial[] = []
  if (search.best === null) onMore(-testKeys.length)
  if (search.best !== null) {
    for (const networkKey of testKeys) {
      tests.push({ networkKey, ...(await run({ ...base, learningRate: search.best, networkKey }, 'test')) })
    }
  }
  return { search: { ...search, trials }, tests }
}
