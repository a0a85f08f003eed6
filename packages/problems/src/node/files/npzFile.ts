import { type Budget, type ReaderOptions, budgetOf, checkArrayMemory, watchSeconds } from './budget.js'
import { type DataFile, type NdArray, elements, unknownName } from './dataFile.js'
import { npyHeader, parseNpy } from './npy.js'
import { type ZipEntry, readZip } from './zip.js'

/** The most entries whose shapes are listed: each needs a separate stream. */
const LISTED = 64

/** Bytes of an entry that hold the header of every array with a plain type and a few axes. */
const HEADER = 512

/**
 * A .npz file: a zip archive of .npy files. Entries of other kinds are passed over. Opening it reads the header of each
 * array; an array is unpacked when it is read.
 *
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED; DATA_BUDGET for more entries, time or memory than a file of this size
 *   explains
 */
export async function npzFile(bytes: Uint8Array, path: string, options: ReaderOptions = {}): Promise<DataFile> {
  const budget: Budget = { ...budgetOf(bytes.length), ...options.budget }
  const entries = new Map<string, ZipEntry>()
  for (const [name, entry] of await readZip(bytes, path, budget, options.clock))
    if (name.endsWith('.npy')) entries.set(name.slice(0, -4), entry)
  const names = new Map<string, readonly number[] | null>()
  for (const [name, entry] of entries) names.set(name, names.size < LISTED ? await shapeOf(entry, name) : null)
  const file: DataFile = {
    path,
    format: 'npz',
    names,
    async read(name): Promise<NdArray> {
      const entry = entries.get(name)
      if (!entry) throw unknownName(file, name)
      const where = `${path}, entry ${name}`
      const content = await entry.read()
      const { shape } = npyHeader(content, where)
      checkArrayMemory(where, name, shape, elements(shape), budget)
      return parseNpy(content, where, watchSeconds(where, budget, options.clock))
    },
    close: async () => {},
  }
  return file
}

/** The shape in the header of an entry; null if it is damaged: reading the array reports the fault. */
async function shapeOf(entry: ZipEntry, name: string): Promise<readonly number[] | null> {
  try {
    return npyHeader(await entry.head(HEADER), name).shape
  } catch {
    return null
  }
}
