import { basename, extname } from 'node:path'
import { budgetOf, watchSeconds } from './budget.js'
import type { Budget, ReaderOptions } from './budget.js'
import { unknownName } from './dataFile.js'
import type { DataFile } from './dataFile.js'
import { npyHeader, parseNpy } from './npy.js'

/**
 * A .npy file, whose one array has the name of the file without its extension.
 *
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED; DATA_BUDGET for more axes than NumPy has, and for an array that takes longer
 *   to read than a file of this size explains. A .npy file is not compressed, so that its array needs no budget of memory.
 */
export function npyFile(bytes: Uint8Array, path: string, options: ReaderOptions = {}): DataFile {
  const budget: Budget = { ...budgetOf(bytes.length), ...options.budget }
  const own = basename(path, extname(path))
  const file: DataFile = {
    path,
    format: 'npy',
    names: new Map([[own, npyHeader(bytes, path).shape]]),
    async read(name) {
      if (name !== own) throw unknownName(file, name)
      return parseNpy(bytes, path, watchSeconds(path, budget, options.clock))
    },
    close: async () => {},
  }
  return file
}
