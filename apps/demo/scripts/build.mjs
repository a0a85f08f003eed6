/** Builds the site aside, and moves it to `dist`: a server or an open page may be using the last build. */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { replaceFiles } from '../../../scripts/lib/replaceFiles.mjs'

const at = (/** @type {string} */ path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const aside = at(`.dist-${process.pid}`)
try {
  await build({ root: at(''), configFile: at('vite.config.ts'), build: { outDir: aside } })
  replaceFiles(aside, at('dist'))
} finally {
  rmSync(aside, { recursive: true, force: true })
}
