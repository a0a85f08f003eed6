/** Linear and kernel ridge regression on the data of every stored accuracy table of operators and functions of points. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { classicalBaselines, factories } from '@spikeward/experiment'
import { dataOf } from '../../scripts/lib/dataBaselines.mjs'
import type { OfData, Regressions } from '../../scripts/lib/dataBaselines.mjs'
import { root } from './stored.js'
import type { Study } from './study.js'
import { assemble, meanSpread, titled } from './tools.js'

type Case = Required<OfData> & Regressions

/** The data of the stored tables, each once. Problems of equations have none. */
async function storedData(): Promise<readonly Required<OfData>[]> {
  const folder = join(root, 'docs', 'benchmarks', 'runs', 'accuracy')
  const files = (await readdir(folder, { recursive: true })).filter((file) => /accuracy-[^/]*\.json$/.test(file))
  const runs = await Promise.all(
    files.sort().map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as { rows: OfData[] }),
  )
  const all = runs.flatMap(({ rows }) => rows.map((row) => JSON.stringify(dataOf(row))))
  return [...new Set(all)]
    .sort()
    .map((text) => JSON.parse(text) as Required<OfData>)
    .filter(({ problem }) => factories.problem[problem]?.declaration.facts['kind'] !== 'pinn')
}

const named = ({ problem, options }: Required<OfData>): string => `${problem} ${options}`.trim()

export const baselines: Study<{ readonly cases: readonly Case[] }> = {
  name: 'baselines',
  summary: 'linear and kernel ridge regression on the data of the stored accuracy tables',
  async run(study) {
    const all = await storedData()
    const cases: Case[] = []
    for (const one of study.quick ? all.filter(({ problem }) => problem === 'parabola') : all) {
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
  table({ cases }) {
    const nameOf = (one: Case): string => `${named(one)}, data key ${one.dataKey === 0 ? '0' : 'of each pair'}`
    return titled(
      'Relative L2 on the test split (operators: mean per function), mean ± standard deviation over data keys',
      [
        ['problem', 'data keys', 'linear ridge', 'kernel ridge'],
        ...[...new Set(cases.map(nameOf))].map((name) => {
          const own = cases.filter((one) => nameOf(one) === name)
          return [
            named(own[0]!),
            own.map(({ dataKey }) => dataKey).join(', '),
            meanSpread(own.map(({ linear }) => linear)),
            meanSpread(own.map(({ kernel }) => kernel)),
          ]
        }),
      ],
    )
  },
}
