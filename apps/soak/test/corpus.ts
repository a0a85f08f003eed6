import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Finding } from '../src/parts/part.js'

/** A case in the corpus: what a soak found, or an attack on a reader, with the ending that it must have now. */
export type Case = Finding & { readonly part: string; readonly expected?: string }

const folder = fileURLToPath(new URL('../corpus/', import.meta.url))

/** All cases by the name of their file. */
export const corpus: readonly (readonly [string, Case])[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(readFileSync(folder + name, 'utf8')) as Case])
