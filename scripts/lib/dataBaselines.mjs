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

/**
 * The data of a training: the problem with the options that change its data, and the data key.
 *
 * @param {OfData} training
 */
const dataName = ({ problem, options, dataKey = 0 }) =>
  JSON.stringify([problem, options.match(/--(?:permeability|s) \S+/g), dataKey])

/**
 * Finds both errors for the data of a training that lacks them: another training of the stored accuracy tables on the
 * same data holds them.
 *
 * @param {string} docs the folder of the documentation
 * @returns {(training: OfData) => Regressions}
 */
export function storedRegressions(docs) {
  const folder = `${docs}/benchmarks/runs/accuracy`
  /** @type {Map<string, Regressions>} */
  const found = new Map()
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/accuracy-[^/\\]*\.json$/.test(file)) continue
    /** @type {{ readonly rows: readonly (OfData & { readonly baselines: Regressions })[] }} */
    const { rows } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))
    for (const row of rows) if (row.baselines.kernel !== null) found.set(dataName(row), row.baselines)
  }
  return (training) => found.get(dataName(training)) ?? { linear: null, kernel: null }
}
