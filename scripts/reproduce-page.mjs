/**
 * The tables of docs/reproduce.md from a finished reproduction, which is stored with them.
 *
 *     node scripts/reproduce-page.mjs reproductions/wan2024 'COMMAND'
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stored, withReport } from './lib/reproducePage.mjs'
import { root } from './lib/setup.mjs'

const [folder, line] = process.argv.slice(2)
if (folder === undefined || line === undefined) {
  console.error('usage: node scripts/reproduce-page.mjs FOLDER "COMMAND"')
  process.exit(2)
}
const result = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8'))
const home = join(root, 'docs', 'benchmarks', 'reproduce')
mkdirSync(home, { recursive: true })
writeFileSync(join(home, `${result.paper}.json`), `${JSON.stringify(stored(result, line), null, 2)}\n`)
const images = join(root, 'docs', 'images', 'reproduce')
mkdirSync(images, { recursive: true })
for (const figure of result.figures.filter((/** @type {string} */ f) => f.endsWith('.png'))) {
  copyFileSync(join(folder, figure), join(images, figure))
}
const page = join(root, 'docs', 'reproduce.md')
writeFileSync(page, withReport(readFileSync(page, 'utf8'), line, readFileSync(join(folder, 'table.md'), 'utf8')))
console.log(page)
