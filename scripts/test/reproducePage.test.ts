import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { fromFormat1 } from '../../apps/cli/src/config/fromFormat1.js'
import { withReport } from '../lib/reproducePage.mjs'
import { reproduceReport } from '../../apps/cli/src/reproduction/reproduceReport.js'
import type { ReproduceSettings, ReproducedCost, ReproducedRow } from '../../apps/cli/src/reproduction/reproduceRows.js'
import { wan2024 } from '../../apps/cli/src/reproduction/wan2024.js'

/** docs/benchmarks/reproduce/wan2024.json: what the report is written from, and the command. */
type Stored = ReproduceSettings & {
  readonly line: string
  readonly measured?: unknown
  readonly rows: readonly ReproducedRow[]
  readonly costs: readonly ReproducedCost[]
}

test('docs/reproduce.md shows what the stored reproduction gives', async () => {
  const read = (path: string) => readFile(new URL(`../../docs/${path}`, import.meta.url), 'utf8')
  const {
    line,
    measured: _,
    rows,
    costs,
    ...settings
  } = JSON.parse(await read('benchmarks/reproduce/wan2024.json')) as Stored
  const page = await read('reproduce.md')
  // The stored settings are of the first format.
  const current = rows.map((row) => ({ ...row, config: fromFormat1(row.config) as ReproducedRow['config'] }))
  const held = (name: string) => rows.filter((row) => row.problem === name).length
  const measured = wan2024.cases.filter(({ name }) => held(name) > 0)
  for (const { name, surrogates, rows: asked } of measured) expect(held(name)).toBe(surrogates.length * asked.length)
  // A case without a stored run is named as such.
  for (const { name } of wan2024.cases.filter((c) => !measured.includes(c)))
    expect(page).toContain(`\`--only ${name}\`: not measured yet`)
  expect(withReport(page, line, reproduceReport({ ...wan2024, cases: measured }, settings, current, costs))).toBe(page)
})
