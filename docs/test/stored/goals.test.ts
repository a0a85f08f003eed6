/** The table of depth of docs/benchmarks/goals.md is that of the stored runs which it names. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { root } from '../markdown.js'

interface Row {
  readonly hidden: readonly number[]
  readonly estimator: string
  readonly tests: readonly { readonly networkKey: number; readonly relativeL2: number }[]
}

const [weights, mirror] = ['rateBackpropagation', 'rateBackpropagation/weightMirror'] as const

/** Errors of an estimator with a number of layers, each divided by that of `bp` with the same key, over runs. */
async function ratios(runs: readonly string[], layers: number, estimator: string): Promise<readonly number[]> {
  const stored = await Promise.all(runs.map((run) => readFile(`${root}docs/benchmarks/${run}.json`, 'utf8')))
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

const page = await readFile(`${root}docs/benchmarks/goals.md`, 'utf8')
const rows = [
  ...page.matchAll(/^\| (Mexican hat|Burgers operator) \| (\d+)(.*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$/gm),
]

describe('the goals of depth', () => {
  it('are rows of two problems', () => expect(rows).toHaveLength(11))

  it.each(rows.map((row) => row.slice(1)))('%s, %s layers%s', async (...cells) => {
    const [, layers, , , byWeights, byMirror, links] = cells
    const runs = [...links!.matchAll(/`(tuned-[\w-]+)`/g)].map(([, name]) => name!)
    // Probes of the mirror in other runs are those of an earlier default.
    const ofMirror = runs.some((run) => run.endsWith('-mirror')) ? runs.filter((run) => run.endsWith('-mirror')) : runs
    expect(measured(await ratios(runs, Number(layers), weights))).toBe(byWeights)
    expect(measured(await ratios(ofMirror, Number(layers), mirror))).toBe(byMirror)
  })
})
