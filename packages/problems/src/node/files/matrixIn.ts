import { extname, resolve } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { checkFinite } from '../../splits/namedArray.js'
import type { NdArray } from './dataFile.js'
import { openDataFile } from './openDataFile.js'

/**
 * All columns of a table, or an array of a file, named after the last # of `given`.
 *
 * @param folder from which a relative path starts
 * @throws those of `openDataFile`; DATA_NAME_UNKNOWN for a file of several arrays of which none is named;
 *   DATA_NOT_FINITE
 */
export async function matrixIn(folder: string, path: string): Promise<NdArray> {
  const hash = path.lastIndexOf('#')
  const where = resolve(folder, hash < 0 ? path : path.slice(0, hash))
  const what = hash < 0 ? undefined : path.slice(hash + 1)
  const file = await openDataFile(where)
  try {
    const names = [...file.names.keys()]
    // A table names each column, and groups of columns before them.
    const columns = names.filter((name) => file.names.get(name)?.length === 1)
    const table = ['.csv', '.tsv', '.txt'].includes(extname(where)) ? `${columns[0]}:${columns.at(-1)}` : undefined
    const name = what ?? table ?? (names.length === 1 ? names[0]! : undefined)
    if (name !== undefined) {
      const array = await file.read(name)
      checkFinite({ name: path, ...array })
      return array
    }
    throw new SpikewardError(
      'DATA_NAME_UNKNOWN',
      `${where} has several arrays: ${names.join(', ')}; name one, ${where}#${names[0]}`,
    )
  } finally {
    await file.close()
  }
}
