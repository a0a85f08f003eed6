/** Writes the pictures of trajectories in the gallery: `node docs/scripts/films.mjs`. */
import { writeFileSync } from 'node:fs'
import { importBundled } from './importBundled.mjs'

/** @type {typeof import('./gallery/films.js')} */
const { films } = await importBundled(new URL('gallery/films.ts', import.meta.url))
const files = await films()
for (const [name, file] of files) writeFileSync(new URL(`../images/gallery/films/${name}.png`, import.meta.url), file)
const total = files.reduce((sum, [, file]) => sum + file.length, 0)
console.log(`${files.length} pictures, ${Math.round(total / 1000)} kB`)
