/**
 * Writes the pictures of the gallery: `node docs/scripts/films.mjs` those of trajectories, with `--thumbnails` the
 * small ones of the overview.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { importBundled } from './importBundled.mjs'

const small = process.argv.includes('--thumbnails')
/** @type {readonly (readonly [name: string, file: Uint8Array])[]} */
const files = small ? await thumbnails() : await films()
const folder = small ? 'thumbnails' : 'films'
mkdirSync(new URL(`../images/gallery/${folder}/`, import.meta.url), { recursive: true })
for (const [name, file] of files)
  writeFileSync(new URL(`../images/gallery/${folder}/${name}.png`, import.meta.url), file)
const total = files.reduce((sum, [, file]) => sum + file.length, 0)
console.log(`${files.length} pictures, ${Math.round(total / 1000)} kB`)

async function films() {
  /** @type {typeof import('./gallery/films.js')} */
  const made = await importBundled(new URL('gallery/films.ts', import.meta.url))
  return await made.films()
}

async function thumbnails() {
  /** @type {typeof import('./gallery/thumbnails.js')} */
  const made = await importBundled(new URL('gallery/thumbnails.ts', import.meta.url))
  return await made.thumbnails()
}
