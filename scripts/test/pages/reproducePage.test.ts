import { readFile, readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withReport } from '../../lib/pages/reproducePage.mjs'
import { neuropinns2025 } from '../../../apps/cli/src/reproduction/neuropinns2025.js'
import { qif2025 } from '../../../apps/cli/src/reproduction/qif2025.js'
import { reproduceReport } from '../../../apps/cli/src/reproduction/reproduceReport.js'
import { rowConfig } from '../../../apps/cli/src/reproduction/reproduceRows.js'
import type {
  ReproduceSettings,
  ReproducedCost,
  ReproducedRow,
} from '../../../apps/cli/src/reproduction/reproduceRows.js'
import { spinonet2026 } from '../../../apps/cli/src/reproduction/spinonet2026.js'
import { wan2024 } from '../../../apps/cli/src/reproduction/wan2024.js'

const papers = { wan2024, qif2025, spinonet2026, neuropinns2025 }

/** A file of docs/benchmarks/runs/reproduce: what a report is written from, and the command. */
type Stored = ReproduceSettings & {
  readonly line: string
  readonly paper: keyof typeof papers
  readonly measured?: unknown
  readonly rows: readonly ReproducedRow[]
  readonly costs: readonly ReproducedCost[]
}

const docs = new URL('../../../docs/', import.meta.url)
const tables = await readFile(new URL('benchmarks/reproduce.md', docs), 'utf8')
const guide = await readFile(new URL('reproduce.md', docs), 'utf8')
const files = await readdir(new URL('benchmarks/runs/reproduce', docs))
const runs = await Promise.all(
  files.map(async (file) => {
    const run = JSON.parse(await readFile(new URL(`benchmarks/runs/reproduce/${file}`, docs), 'utf8')) as Stored
    return { name: file.replace(/\.json$/, ''), run }
  }),
)

test.each(runs)('docs/benchmarks/reproduce.md shows what the stored reproduction $name gives', ({ name, run }) => {
  const { line, paper, measured: _, rows, costs, ...settings } = run
  const held = (problem: string) => rows.filter((row) => row.problem === problem).length
  const cases = papers[paper].cases.filter((one) => held(one.name) > 0)
  for (const one of cases) expect(held(one.name)).toBe(one.surrogates.length * one.rows.length)
  const report = reproduceReport({ ...papers[paper], cases }, settings, rows, costs)
  expect(withReport(tables, name, line, report)).toBe(tables)
})

test('docs/reproduce.md names each problem that no stored reproduction has', () => {
  for (const [paper, { cases }] of Object.entries(papers)) {
    const held = new Set(
      runs.filter(({ run }) => run.paper === paper).flatMap(({ run }) => run.rows.map((r) => r.problem)),
    )
    for (const { name } of cases) {
      const said = guide.includes(`\`${paper} --only ${name}\`: not measured`)
      expect([name, said]).toEqual([name, !held.has(name)])
    }
  }
})

test('docs/benchmarks/reproduce.md names each rate of a stored row that is not the one of the settings', async () => {
  for (const { run } of runs)
    for (const { problem, label, surrogate, config } of run.rows) {
      const one = papers[run.paper].cases.find(({ name }) => name === problem)!
      const { ours } = one.rows.find((row) => row.label === label)!
      const { learningRate } = await rowConfig(one, ours, surrogate, run)
      const said = tables.includes(
        `${label} has the rate ${config.learningRate} in this table; the settings have ${learningRate}`,
      )
      expect([problem, label, said]).toEqual([problem, label, learningRate !== config.learningRate])
    }
})

test.each([
  ['forward gradient, global', 'search-wan2024-hat'],
  ['back-propagation', 'search-wan2024-hat-bp'],
])('%s of the hat has the rate that the stored %s chose', async (label, search) => {
  const path = new URL(`benchmarks/runs/accuracy/index/${search}.json`, docs)
  const { rows } = JSON.parse(await readFile(path, 'utf8')) as { rows: { options: string; validation: number }[] }
  const best = rows.reduce((a, b) => (b.validation < a.validation ? b : a))
  const { ours } = wan2024.cases[0]!.rows.find((row) => row.label === label)!
  expect(ours.learningRate).toBe(Number(/--learning-rate (\S+)/.exec(best.options)?.[1]))
})

test('a page without the marks of a stored run is refused', () => {
  expect(() => withReport('', 'wan2024', '', '')).toThrow('no <!-- measured wan2024 -->')
})
