import { basename, extname } from 'node:path'
import { type Budget, type ReaderOptions, budgetOf, watchSeconds } from './budget.js'
import { type DataFile, type NdArray, unknownName } from './dataFile.js'
import { npyHeader, parseNpy } from './npy.js'

/**
 * A .npy file, whose one array has the name of the file without its extension. Columns of an array [rows × columns] are
 * named by their numbers from 1, as those of a CSV file without names: `3`, or a range `1:2`.
 *
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED; DATA_BUDGET for more axes than NumPy has, and for an array that takes longer
 *   to read than a file of this size explains. A .npy file is not compressed, so that its array needs no budget of
 *   memory.
 */
export function npyFile(bytes: Uint8Array, path: string, options: ReaderOptions = {}): DataFile {
  const budget: Budget = { ...budgetOf(bytes.length), ...options.budget }
  const own = basename(path, extname(path))
  const { shape } = npyHeader(bytes, path)
  const file: DataFile = {
    path,
    format: 'npy',
    names: new Map([[own, shape]]),
    async read(name) {
      const range = name === own ? null : columnsOf(name, shape)
      if (name !== own && range === null) throw unknownName(file, name)
      const array = parseNpy(bytes, path, watchSeconds(path, budget, options.clock))
      return range === null ? array : pick(array, range)
    },
    close: async () => {},
  }
  return file
}

/** The first column of a range and the one after its last, from 0; null if the array has no such columns. */
function columnsOf(name: string, [, width = 0, ...more]: readonly number[]): readonly [number, number] | null {
  const [, from, to = from] = /^(\d+)(?::(\d+))?$/.exec(name) ?? []
  const [first, last] = [Number(from), Number(to)]
  return more.length === 0 && first >= 1 && last >= first && last <= width ? [first - 1, last] : null
}

/** Columns of a matrix; one column is [rows]. */
function pick({ shape, data }: NdArray, [first, end]: readonly [number, number]): NdArray {
  const [rows = 0, width = 1] = shape
  const count = end - first
  return {
    shape: count === 1 ? [rows] : [rows, count],
    data: Float64Array.from(
      { length: rows * count },
      (_, i) => data[Math.floor(i / count) * width + first + (i % count)]!,
    ),
  }
}
