/**
 * The reference pages in docs/reference, the tables of factories in other pages and READMEs, and the lists of tuned
 * defaults, from the declarations and the folders in the sources:
 *
 *     npm run docs:reference              tells whether they are up to date
 *     npm run docs:reference -- --write   writes them
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handWrittenPages } from './handWrittenPages.mjs'
import { importBundled } from './importBundled.mjs'

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
/** @type {typeof import('./reference.js')} */
const { referencePages, hasDeclaredTable, withDeclaredTables } = await importBundled(
  new URL('reference.ts', import.meta.url),
)

const root = here('../..')
/** @type {readonly (readonly [string, string])[]} */
const reference = Object.entries(referencePages()).map(([file, page]) => [`docs/reference/${file}`, page])
const withTables = handWrittenPages(root).flatMap((file) => {
  const page = readFileSync(join(root, file), 'utf8')
  return hasDeclaredTable(page) ? [[file, withDeclaredTables(page)]] : []
})

/** @param {string} path */
const textOf = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null)

const stale = []
mkdirSync(here('../reference'), { recursive: true })
for (const [file, page] of [...reference, ...withTables]) {
  const path = join(root, file)
  if (textOf(path) === page) continue
  stale.push(file)
  if (process.argv.includes('--write')) writeFileSync(path, page)
}
const written = process.argv.includes('--write')
console.log(
  stale.length === 0
    ? 'the reference and the tables are what the declarations say'
    : written
      ? `wrote ${stale.join(', ')}`
      : `out of date: ${stale.join(', ')}; run npm run docs:reference -- --write`,
)
if (stale.length > 0 && !written) process.exitCode = 1
