/** The tables of docs/benchmarks/estimators/tuned.md are those of the stored runs which they name. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { storedPaths } from '../../scripts/storedPaths.js'
import { root } from '../support/markdown.js'

const paths = storedPaths(`${root}docs`)

const readStored = (run: string): Promise<string> => readFile(paths.get(run) ?? `no run ${run}`, 'utf8')

const page = await readFile(`${root}docs/benchmarks/estimators/tuned.md`, 'utf8')
interface Training {
  readonly problem: string
  readonly relativeL2: number
  readonly relativeL2Pooled: number
  readonly baselines: { readonly untrained: number }
}

const problems: Readonly<Record<string, string>> = {
  Poisson: 'poisson-1d',
  Burgers: 'burgers',
  Advection: 'advection',
}

/** The mean of a stored number over the trainings of a problem. */
async function meanOf(run: string, problem: string, field: (training: Training) => number): Promise<number> {
  const { rows: all } = JSON.parse(await readStored(run)) as { rows: Training[] }
  const values = all.filter((training) => training.problem === problem).map(field)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

const operators = [
  ...page.matchAll(
    /^\| ([\p{L}–]+)[^|]*\| \[[^\]]*\]\([\w./-]+\.md#([\w-]+)\) \| ([\d.]+) \(([\d.]+)\) \| ([\d.]+).* \|$/gmu,
  ),
]

describe('the goals of deep operator networks', () => {
  it('are rows of three problems', () => expect(operators).toHaveLength(3))

  it.each(operators.map((row) => row.slice(1)))('%s of %s', async (problem, run, mean, untrained, pooled) => {
    const asWritten = async (written: string, field: (training: Training) => number): Promise<void> =>
      expect((await meanOf(run, problems[problem]!, field)).toFixed(written.split('.')[1]!.length)).toBe(written)
    await asWritten(mean, (training) => training.relativeL2)
    await asWritten(untrained, (training) => training.baselines.untrained)
    await asWritten(pooled, (training) => training.relativeL2Pooled)
  })
})
