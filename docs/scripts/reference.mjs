/**
 * The reference pages in docs/reference, from the declarations in the sources:
 *
 *     npm run docs:reference              tells whether they are up to date
 *     npm run docs:reference -- --write   writes them
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

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
const { referencePages } = await import(pathToFileURL(bundle).href)

const stale = []
mkdirSync(here('../reference'), { recursive: true })
for (const [file, page] of Object.entries(referencePages())) {
  const path = here(`../reference/${file}`)
  const before = (() => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return null
    }
  })()
  if (before === page) continue
  stale.push(file)
  if (process.argv.includes('--write')) writeFileSync(path, page)
}
const written = process.argv.includes('--write')
console.log(
  stale.length === 0
    ? 'docs/reference is what the declarations say'
    : written
      ? `wrote ${stale.join(', ')}`
      : `out of date: ${stale.join(', ')}; run npm run docs:reference -- --write`,
)
if (stale.length > 0 && !written) process.exitCode = 1
