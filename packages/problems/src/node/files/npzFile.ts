import type { DataFile } from './dataFile.js'
import { unknownName } from './dataFile.js'
import { npyHeader, parseNpy } from './npy.js'
import { readZip } from './zip.js'

/** A .npz file: a zip archive of .npy files. Entries of other kinds are passed over. */
export function npzFile(bytes: Uint8Array, path: string): DataFile {
  const entries = new Map<string, () => Uint8Array>()
  for (const [name, unpack] of readZip(bytes, path)) if (name.endsWith('.npy')) entries.set(name.slice(0, -4), unpack)
  const names = new Map([...entries].map(([name, unpack]) => [name, shapeOf(unpack, name)]))
  const file: DataFile = {
    path,
    format: 'npz',
    names,
    async read(name) {
      const unpack = entries.get(name)
      if (!unpack) throw unknownName(file, name)
      return parseNpy(unpack(), `${path}, entry ${name}`)
    },
    close: async () => {},
  }
  return file
}

/** For the list of names alone: null where an entry is damaged, which reading it will say. */
function shapeOf(unpack: () => Uint8Array, name: string): readonly number[] | null {
  try {
    return npyHeader(unpack(), name).shape
  } catch {
    return null
  }
}
