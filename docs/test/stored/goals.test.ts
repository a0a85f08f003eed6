/** The tables of docs/benchmarks/estimators/tuned.md are those of the stored runs which they name. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { storedPaths } from '../../scripts/storedPaths.js'
import { root } from '../support/markdown.js'

interface Row {
  readonly hidden: readonly number[]
  readonly estimator: string
  readonly tests: readonly { readonly networkKey: number; readonly relativeL2: number }[]
}

const paths = storedPaths(`${root}docs`)

const readStored = (run: string): Promise<string> => readFile(paths.get(run) ?? `no run ${run}`, 'utf8')

const [weights, mirror] = ['rateBackpropagation', 'rateBackpropagation/weightMirror'] as const

/** Errors of an estimator with a number of layers, each divided by that of `bp` with the same key, over runs. */
async function ratios(runs: readonly string[], layers: number, estimator: string): Promise<readonly number[]> {
  const stored = await Promise.all(runs.map(readStored))
  return stored.flatMap((text) => {
    const rows = (JSON.parse(text) as { rows: readonly Row[] }).rows.filter(({ hidden }) => hidden.length === layers)
    const testsOf = (name: string) => rows.find((row) => row.estimator === name)?.tests ?? []
    const errors = new Map(testsOf('bp').map((test) => [test.networkKey, test.relativeL2]))
    return testsOf(estimator).map((test) => test.relativeL2 / errors.get(test.networkKey)!)
  })
}

/** Mean and standard error, as the page writes them. */
function measured(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const error = Math.sqrt(squares / (values.length - 1) / values.length)
  const keys = values.length === 20 ? ', twenty keys' : ''
  return `${mean.toFixed(3)} ± ${error.toFixed(3)}${keys}`
}

const page = await readFile(`${root}docs/benchmarks/estimators/tuned.md`, 'utf8')
const rows = [
  ...page.matchAll(/^\| (Mexican hat|Burgers operator) \| (\d+)(.*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$/gm),
]

describe('the goals of depth', () => {
  it('are rows of two problems', () => expect(rows).toHaveLength(11))

  it.each(rows.map((row) => row.slice(1)))('%s, %s layers%s', async (...cells) => {
    const [, layers, , , byWeights, byMirror, links] = cells
    const runs = [...links!.matchAll(/`(tuned-[\w-]+)`/g)].map(([, name]) => name!)
    // Vectors of the mirror in other runs are those of an earlier default.
    const ofMirror = runs.some((run) => run.endsWith('-mirror')) ? runs.filter((run) => run.endsWith('-mirror')) : runs
    expect(measured(await ratios(runs, Number(layers), weights))).toBe(byWeights)
    expect(measured(await ratios(ofMirror, Number(layers), mirror))).toBe(byMirror)
  })
})

interface Training {
  readonly problem: string
  readonly relativeL2: number
  readonly relativeL2Pooled: number
  readonly baselineRidge: number
}

const problems: Readonly<Record<string, string>> = {
  Poisson: 'poisson-1d',
  'Reaction–diffusion': 'reaction-diffusion',
  Burgers: 'burgers',
  Advection: 'advection',
}

/** The mean of a stored number over the trainings of a problem. */
async function meanOf(run: string, problem: string, field: Exclude<keyof Training, 'problem'>): Promise<number> {
  const { rows: all } = JSON.parse(await readStored(run)) as { rows: Training[] }
  const values = all.filter((training) => training.problem === problem).map((training) => training[field])
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

const operators = [
  ...page.matchAll(
    /^\| ([\p{L}–]+)[^|]*\| \[[^\]]*\]\([\w./-]+\.md#([\w-]+)\) \| ([\d.]+) \(([\d.]+)\) \| ([\d.]+).* \|$/gmu,
  ),
]

describe('the goals of deep operator networks', () => {
  it('are rows of four problems', () => expect(operators).toHaveLength(8))

  it.each(operators.map((row) => row.slice(1)))('%s of %s', async (problem, run, mean, untrained, pooled) => {
    const asWritten = async (written: string, field: Exclude<keyof Training, 'problem'>): Promise<void> =>
      expect((await meanOf(run, problems[problem]!, field)).toFixed(written.split('.')[1]!.length)).toBe(written)
    await asWritten(mean, 'relativeL2')
    await asWritten(untrained, 'baselineRidge')
    await asWritten(pooled, 'relativeL2Pooled')
  })
})
