/** Draws the place of every package in the graph, docs/images/graph/*.svg, from the real imports. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { draw, readImports } from './docs/picture.mjs'
import { root } from './lib/setup.mjs'

process.chdir(root)
const folder = join('docs', 'images', 'graph')
mkdirSync(folder, { recursive: true })
const imports = readImports()
for (const name of imports.keys()) writeFileSync(join(folder, `${name}.svg`), draw(imports, name))
console.log(`${imports.size} pictures in ${folder}`)
