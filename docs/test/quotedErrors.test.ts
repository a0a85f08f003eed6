/** The errors that docs/problems.md quotes are those of the stored runs. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './markdown.js'

type Row = {
  readonly problem: string
  readonly estimator: string
  readonly options: string
  readonly relativeL2: number
  readonly relativeL2Pooled?: number
  readonly baselineRidge: number
}

const text = await readFile(join(root, 'docs/problems.md'), 'utf8')
const line =
  /^\| ([\w-]+) \| (?:`([^`]*)`)? ?\| `(\w+)` \| `(accuracy-[\w-]+)` \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm
const quoted = [...text.matchAll(line)].map(([, problem, options = '', estimator, run, ...numbers]) => ({
  problem: problem!,
  options,
  estimator: estimator!,
  run: run!,
  numbers: numbers.map(Number),
}))

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const deviation = (values: readonly number[]): number => {
  const middle = mean(values)
  return Math.sqrt(values.reduce((s, v) => s + (v - middle) ** 2, 0) / (values.length - 1))
}

describe('errors that the problems page quotes', () => {
  it('are found in its table', () => expect(quoted.length).toBeGreaterThan(8))

  it.each(quoted)('$problem $estimator $options', async ({ problem, options, estimator, run, numbers }) => {
    const file = join(root, `docs/benchmarks/${run}.json`)
    const { rows } = JSON.parse(await readFile(file, 'utf8')) as { readonly rows: readonly Row[] }
    const found = rows.filter((r) => r.problem === problem && r.estimator === estimator && r.options === options)
    expect(found.length).toBeGreaterThanOrEqual(3)
    const pooled = found.map((r) => r.relativeL2Pooled ?? r.relativeL2)
    const stored = [
      mean(pooled),
      deviation(pooled),
      mean(found.map((r) => r.relativeL2)),
      mean(found.map((r) => r.baselineRidge)),
    ]
    numbers.forEach((n, i) => expect(n).toBeCloseTo(stored[i]!, 4))
  })
})
