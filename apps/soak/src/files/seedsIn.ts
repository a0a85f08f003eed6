import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The files of a folder with an ending. */
export const seedsIn = (folder: string, ending: string): Uint8Array[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => new Uint8Array(readFileSync(join(folder, name))))
