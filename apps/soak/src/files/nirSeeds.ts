import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSmallNir } from './smallNir.js'
import { seedsIn } from './seedsIn.js'

/** The cases of the corpus whose groups contain one another. */
const cyclesIn = (corpus: string): Uint8Array[] =>
  ['hdf5-group-cycles.json', 'nir-group-cycles.json'].map((name) => {
    const { bytes } = JSON.parse(readFileSync(join(corpus, name), 'utf8')) as { bytes: string }
    return new Uint8Array(Buffer.from(bytes, 'base64'))
  })

/** A small NIR file is damaged this many times as often as another. */
const OFTEN = 16

/** NIR files to damage: valid ones, and ones whose groups contain one another. */
export type NirSeeds = { readonly valid: readonly Uint8Array[]; readonly cyclic: readonly Uint8Array[] }

/**
 * Small valid files come first, repeated because they are read quickly; those of NIR's own writer follow.
 *
 * @param root the checkout
 * @param folder where the small files are written, unless they are there
 */
export async function nirSeeds(root: string, folder: string): Promise<NirSeeds> {
  await writeSmallNir(folder)
  const small = seedsIn(folder, '.seed.nir')
  return {
    valid: [
      ...Array.from({ length: OFTEN }, () => small).flat(),
      ...seedsIn(join(root, 'packages/nir/test/fixtures'), '.nir'),
    ],
    cyclic: cyclesIn(join(root, 'apps/soak/corpus')),
  }
}
