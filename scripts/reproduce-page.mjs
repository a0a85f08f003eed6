/**
 * The tables of docs/benchmarks/reproduce.md from a finished reproduction, which is stored with them under a name.
 *
 *     node scripts/reproduce-page.mjs reproductions/qif2025 'COMMAND' qif2025-parabola
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stored, withReport } from './lib/pages/reproducePage.mjs'
import { root } from './lib/setup.mjs'

const [folder, line, name] = process.argv.slice(2)
if (folder === undefined || line === undefined || name === undefined) {
  console.error('usage: node scripts/reproduce-page.mjs FOLDER "COMMAND" NAME')
  process.exit(2)
}
const result = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8'))
const home = join(root, 'docs', 'benchmarks', 'runs', 'reproduce')
mkdirSync(home, { recursive: true })
writeFileSync(join(home, `${name}.json`), `${JSON.stringify(stored(result, line), null, 2)}\n`)
const images = join(root, 'docs', 'images', 'reproduce')
mkdirSync(images, { recursive: true })
for (const figure of result.figures.filter((/** @type {string} */ f) => f.endsWith('.png'))) {
  copyFileSync(join(folder, figure), join(images, `${result.paper}-${figure}`))
}
const page = join(root, 'docs', 'benchmarks', 'reproduce.md')
const report = readFileSync(join(folder, 'table.md'), 'utf8')
writeFileSync(page, withReport(readFileSync(page, 'utf8'), name, line, report))
console.log(page)
