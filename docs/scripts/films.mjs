/** Writes the pictures of trajectories in the gallery: `node docs/scripts/films.mjs`. */
import { writeFileSync } from 'node:fs'
import { importBundled } from './importBundled.mjs'

/** @type {typeof import('./gallery/films.js')} */
const { films } = await importBundled(new URL('gallery/films.ts', import.meta.url))
for (const [name, file] of await films()) {
  const path = new URL(`../images/gallery/films/${name}.png`, import.meta.url)
  writeFileSync(path, file)
  console.log(`${name}: ${file.length} bytes`)
}
