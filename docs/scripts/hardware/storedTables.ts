/**
 * The tables of docs/benchmarks/hardware/chips.md, from stored runs. The page holds a marker with the name of a table and of the runs, and the table
 * follows it:
 *
 *     <!-- stored energy of a step: energy-mexican-hat -->
 *     | estimator | time | …
 *     <!-- end of stored -->
 */
import { readFileSync } from 'node:fs'
import { tableOf } from '../../../scripts/lib/tableOf.mjs'
import { storedPaths } from '../storedPaths.js'
import { deviceTables } from './deviceTables.js'
import { workTables } from './workTables.js'
import { quantisedTables } from './quantisedTables.js'
import type { StoredTable } from './storedTable.js'

const tables: Readonly<Record<string, StoredTable>> = { ...workTables, ...deviceTables, ...quantisedTables }

const block = /(<!-- stored ([\w ]+): ([\w, -]+) -->\n)[\s\S]*?(<!-- end of stored -->)/g

/**
 * A page with the tables that its markers ask for. Every run that a marker names must be stored.
 *
 * @param docs the folder of the documentation
 */
export function withStoredTables(page: string, docs: string): string {
  const stored = storedPaths(docs)
  return page.replaceAll(block, (_, begin: string, name: string, files: string, end: string) => {
    const table = tables[name]
    if (table === undefined) throw new Error(`no table is called "${name}"; known: ${Object.keys(tables).join(', ')}`)
    const runs = files.split(',').map((file): unknown => {
      const path = stored.get(file.trim())
      if (path === undefined) throw new Error(`a run of the table "${name}" is not stored: ${file.trim()}`)
      return JSON.parse(readFileSync(path, 'utf8'))
    })
    return `${begin}\n${tableOf(table(runs))}\n\n${end}`
  })
}
