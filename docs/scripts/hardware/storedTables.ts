/**
 * The tables of docs/benchmarks/chips.md, from stored runs. The page holds a marker with the name of a table and of the runs, and the table
 * follows it:
 *
 *     <!-- stored energy of a step: energy-mexican-hat -->
 *     | estimator | time | …
 *     <!-- end of stored -->
 */
import { existsSync, readFileSync } from 'node:fs'
import { tableOf } from '../cells.js'
import { deviceTables } from './deviceTables.js'
import { workTables } from './workTables.js'
import { quantisedTables } from './quantisedTables.js'
import type { StoredTable } from './storedTable.js'

const tables: Readonly<Record<string, StoredTable>> = { ...workTables, ...deviceTables, ...quantisedTables }

const block = /(<!-- stored ([\w ]+): ([\w, -]+) -->\n)[\s\S]*?(<!-- end of stored -->)/g

/**
 * A page with the tables that its markers ask for. Every run that a marker names must be stored.
 *
 * @param folder of the stored runs
 */
export const withStoredTables = (page: string, folder: string): string =>
  page.replaceAll(block, (_, begin: string, name: string, files: string, end: string) => {
    const table = tables[name]
    if (table === undefined) throw new Error(`no table is called "${name}"; known: ${Object.keys(tables).join(', ')}`)
    const paths = files.split(',').map((file) => `${folder}/${file.trim()}.json`)
    const missing = paths.filter((path) => !existsSync(path))
    if (missing.length > 0) throw new Error(`runs of the table "${name}" are not stored: ${missing.join(', ')}`)
    const runs = paths.map((path): unknown => JSON.parse(readFileSync(path, 'utf8')))
    return `${begin}\n${tableOf(table(runs))}\n\n${end}`
  })
