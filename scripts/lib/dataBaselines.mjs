/** Linear and kernel ridge regression on the data of stored trainings, as `npm run study -- baselines --store` keeps them. */
import { readFileSync } from 'node:fs'

/**
 * A training, by what its data depend on.
 *
 * @typedef {{ readonly problem: string, readonly options: string, readonly dataKey?: number }} OfData
 */

/** @typedef {{ readonly linear: number | null, readonly kernel: number | null }} Regressions */

/**
 * The data of a training: the problem with the options that change its data, and the data key.
 *
 * @param {OfData} training
 * @returns {Required<OfData>}
 */
export const dataOf = ({ problem, options, dataKey = 0 }) => ({
  problem,
  options: (options.match(/--(?:permeability|s) \S+/g) ?? []).join(' '),
  dataKey,
})

/**
 * Finds the mean relative L2 errors of both regressions on the test split for the data of a training; null for those without.
 *
 * @param {string} docs the folder of the documentation
 * @returns {(training: OfData) => Regressions}
 */
export function storedRegressions(docs) {
  const file = `${docs}/benchmarks/runs/studies/baselines.json`
  /** @type {{ readonly result: { readonly cases: readonly (Required<OfData> & Regressions)[] } }} */
  const { result } = JSON.parse(readFileSync(file, 'utf8'))
  const nameOf = (/** @type {OfData} */ training) => JSON.stringify(dataOf(training))
  const found = new Map(result.cases.map((one) => [nameOf(one), one]))
  return (training) => found.get(nameOf(training)) ?? { linear: null, kernel: null }
}
