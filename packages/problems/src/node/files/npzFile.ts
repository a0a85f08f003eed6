import { unknownName } from './dataFile.js'
import type { DataFile, NdArray } from './dataFile.js'
import { npyHeader, parseNpy } from './npy.js'
import { readZip } from './zip.js'
import type { ZipEntry } from './zip.js'

/** The most entries whose shapes are listed: each needs a separate stream. */
const LISTED = 64

/** Bytes of an entry that hold the header of every array with a plain type and a few axes. */
const HEADER = 512

/**
 * A .npz file: a zip archive of .npy files. Entries of other kinds are passed over. Opening it reads the header of each array;
 * an array is unpacked when it is read.
 */
export async function npzFile(bytes: Uint8Array, path: string): Promise<DataFile> {
  const entries = new Map<string, ZipEntry>()
  for (const [name, entry] of await readZip(bytes, path))
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
      return parseNpy(await entry.read(), `${path}, entry ${name}`)
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
