/** Points in a table, by the names of their columns. */
import type { InputColumn } from '@spikeward/core'
import { type NdArray, openDataFile, readColumns, readInputsLike } from '@spikeward/problems/node'
import type { Io } from '../../io/io.js'
import { usageError } from '../../usage/usageError.js'
import { isColumnFile } from './inputFunctions.js'

/**
 * Reads the points of a table by the names of their columns, in the order of the network. If the table has none of these names and no column is
 * a category, its columns are taken in their order. Null if the file is not a table of columns.
 *
 * @throws CLI_USAGE if it has some of the names
 */
export async function readNamedPoints(
  path: string,
  columns: readonly InputColumn[],
  io: Io,
): Promise<(NdArray & { readonly name: string }) | null> {
  if (!isColumnFile(path)) return null
  const names = columns.map(({ name }) => name)
  const file = await openDataFile(path)
  try {
    const absent = names.filter((name) => file.names.get(name)?.length !== 1)
    if (absent.length === names.length && columns.every(({ levels }) => levels === null)) {
      io.err(`note: ${path} has no columns ${names.join(', ')}; its columns are taken in their order\n`)
      const titles = [...file.names].flatMap(([name, shape]) => (shape?.length === 1 ? [name] : []))
      return await readColumns(path, titles.length === 1 ? titles[0]! : `${titles[0]}:${titles.at(-1)}`)
    }
    if (absent.length > 0)
      throw usageError(
        'CLI_USAGE',
        `${path} has no column ${absent.join(', ')}; the run learned from ${names.join(', ')}; add it, or name other columns with --inputs first:last`,
      )
    return await readInputsLike(path, columns)
  } finally {
    await file.close()
  }
}
