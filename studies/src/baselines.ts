/** Linear and kernel ridge regression on the data of stored accuracy tables that did not compute them. */
import { join } from 'node:path'
import { classicalBaselines, factories } from '@spikeward/experiment'
import { dataName, dataOf, hasRegressions, storedTrainings } from '../../scripts/lib/dataBaselines.mjs'
import type { OfData, Regressions } from '../../scripts/lib/dataBaselines.mjs'
import { root } from './stored.js'
import type { Study } from './study.js'
import { assemble, digits, titled } from './tools.js'

/** The data of trainings without regressions, each once. Problems of equations have none. */
function missing(): readonly Required<OfData>[] {
  const all = storedTrainings(join(root, 'docs'))
  const known = new Set(all.filter(hasRegressions).map(dataName))
  const names = new Set(all.map(dataName).filter((name) => !known.has(name)))
  return [...names]
    .sort()
    .map((name) => JSON.parse(name) as Required<OfData>)
    .filter(({ problem }) => factories.problem[problem]?.declaration.facts['kind'] !== 'pinn')
}

const named = ({ problem, options }: OfData): string => `${problem} ${options}`.trim()

export const baselines: Study<{ readonly cases: readonly (Required<OfData> & Regressions)[] }> = {
  name: 'baselines',
  summary: 'linear and kernel ridge regression on the data of accuracy tables that lack them',
  async run(study) {
    const cases: (Required<OfData> & Regressions)[] = []
    const all = study.quick ? [dataOf({ problem: 'parabola', options: '' })] : missing()
    for (const one of all) {
      const declared = Object.fromEntries(
        [...one.options.matchAll(/--(\S+) (\S+)/g)].map(([, flag, value]) => [flag!, value!]),
      )
      const { parts } = await assemble(study, one.problem, { dataKey: one.dataKey, declared })
      const { linear, kernel } = await classicalBaselines(parts.experiment, study.backend)
      cases.push({ ...one, linear: linear?.relativeL2 ?? null, kernel: kernel?.relativeL2 ?? null })
      study.log(`${named(one)}, data key ${one.dataKey}: ${linear?.relativeL2}, ${kernel?.relativeL2}`)
    }
    return { cases }
  },
  table: ({ cases }) =>
    titled('Relative L2 on the test split; of operators, the mean per function', [
      ['problem', 'data key', 'linear ridge', 'kernel ridge'],
      ...cases.map((one) => [named(one), `${one.dataKey}`, digits(one.linear), digits(one.kernel)]),
    ]),
}
