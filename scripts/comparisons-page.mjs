/**
 * The tables of docs/comparisons.md, from docs/benchmarks/runs/comparisons/*.json.
 *
 *     node scripts/comparisons-page.mjs                                     writes the tables again
 *     node scripts/comparisons-page.mjs comparisons/…/table.json NAME 'COMMAND'   first stores a comparison under NAME
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stored, tables, withTables } from './lib/pages/compareTables.mjs'
import { root } from './lib/setup.mjs'

const home = join(root, 'docs', 'benchmarks', 'runs', 'comparisons')
const page = join(root, 'docs', 'comparisons.md')
const [table, name, line] = process.argv.slice(2)

if (table !== undefined) {
  if (name === undefined || line === undefined || !/^[\w-]+$/.test(name)) {
    console.error('usage: node scripts/comparisons-page.mjs [table.json NAME "COMMAND"]')
    process.exit(2)
  }
  mkdirSync(home, { recursive: true })
  const kept = stored(JSON.parse(readFileSync(table, 'utf8')), line)
  writeFileSync(join(home, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`)
}
const tablesOf = (/** @type {string} */ which) => tables(JSON.parse(readFileSync(join(home, `${which}.json`), 'utf8')))
writeFileSync(page, withTables(readFileSync(page, 'utf8'), tablesOf))
console.log(page)
