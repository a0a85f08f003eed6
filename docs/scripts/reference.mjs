/**
 * The reference pages in docs/reference, and the tables of declared things in other pages and READMEs, from the
 * declarations in the sources:
 *
 *     npm run docs:reference              tells whether they are up to date
 *     npm run docs:reference -- --write   writes them
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { handWrittenPages } from './handWrittenPages.mjs'

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const bundle = here('../node_modules/.cache/reference.mjs')
await build({
  entryPoints: [here('reference.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // The sources, so that nothing has to be built first.
  conditions: ['@spikeward/source'],
  // Modules that only a GPU or a compiled addon needs.
  external: ['webgpu', '*.node'],
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)",
  },
  logLevel: 'error',
})
const { referencePages, hasDeclaredTable, withDeclaredTables } = await import(pathToFileURL(bundle).href)

const root = here('../..')
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
