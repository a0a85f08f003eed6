/** Draws the graph of packages and the place of each in it, docs/images/graph/*.svg, from the real imports. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { draw, readImports } from './docs/picture.mjs'
import { root } from './lib/setup.mjs'

process.chdir(root)
const folder = join('docs', 'images', 'graph')
mkdirSync(folder, { recursive: true })
const imports = readImports()
for (const name of imports.keys()) writeFileSync(join(folder, `${name}.svg`), draw(imports, name))
writeFileSync(join(folder, 'all.svg'), draw(imports, null))
console.log(`${imports.size + 1} pictures in ${folder}`)
