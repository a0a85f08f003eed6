/**
 * Writes the numbers that the gallery quotes from stored runs. A test compares the pages with it.
 *
 *     npm run docs:gallery -- --write   writes them
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { importBundled } from './importBundled.mjs'

const docs = fileURLToPath(new URL('..', import.meta.url))
/** @type {typeof import('./gallery/galleryFiles.js')} */
const { galleryFiles } = await importBundled(new URL('gallery/galleryFiles.ts', import.meta.url))
for (const [path, text] of Object.entries(galleryFiles(docs))) {
  if (process.argv.includes('--write')) writeFileSync(`${docs}/${path}`, text)
  else process.stdout.write(text)
}
