/** Linear and kernel ridge regression on the data of stored trainings. */
import { readFileSync, readdirSync } from 'node:fs'

/**
 * A training, by what its data depend on.
 *
 * @typedef {{ readonly problem: string, readonly options: string, readonly dataKey?: number }} OfData
 */

/**
 * Mean relative L2 errors on the test split; null where there are no data to fit.
 *
 * @typedef {{ readonly linear: number | null, readonly kernel: number | null }} Regressions
 */

/** @typedef {OfData & { readonly otherMethods?: Regressions }} Training */

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

/** @param {OfData} training */
export const dataName = (training) => JSON.stringify(dataOf(training))

/**
 * The trainings of all stored accuracy tables.
 *
 * @param {string} docs the folder of the documentation
 * @returns {readonly Training[]}
 */
export function storedTrainings(docs) {
  const folder = `${docs}/benchmarks/runs/accuracy`
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => /accuracy-[^/\\]*\.json$/.test(file))
    .sort()
    .flatMap((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')).rows)
}

/** @param {Training} training */
export const hasRegressions = ({ otherMethods }) => typeof otherMethods?.kernel === 'number'

/**
 * Finds both errors for the data of a training: a stored training on the same data holds them, or the study `baselines`.
 *
 * @param {string} docs the folder of the documentation
 * @returns {(training: OfData) => Regressions}
 */
export function storedRegressions(docs) {
  /** @type {{ readonly result: { readonly cases: readonly (OfData & Regressions)[] } }} */
  const { result } = JSON.parse(readFileSync(`${docs}/benchmarks/runs/studies/baselines.json`, 'utf8'))
  const own = storedTrainings(docs).filter(hasRegressions)
  /** @type {Map<string, Regressions>} */
  const found = new Map()
  for (const one of result.cases) found.set(dataName(one), one)
  for (const one of own) if (one.otherMethods !== undefined) found.set(dataName(one), one.otherMethods)
  return (training) => found.get(dataName(training)) ?? { linear: null, kernel: null }
}
