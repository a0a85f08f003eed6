import { dirname, isAbsolute, join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { openDataFile } from './files/openDataFile.js'
import type { DataFile, NdArray } from './files/dataFile.js'

/**
 * Reads arrays by name, each file opened once and closed again. `other.npy#other` names an array in a file of the same
 * folder.
 *
 * @param missing whether missing values of a table are read as NaN
 */
export async function readArrays(
  path: string,
  names: readonly string[] | ((file: DataFile) => readonly string[] | Promise<readonly string[]>),
  missing = false,
): Promise<NdArray[]> {
  const files = new Map<string, ReturnType<typeof openDataFile>>()
  const open = (where: string): ReturnType<typeof openDataFile> => {
    const known = files.get(where) ?? openDataFile(where)
    files.set(where, known)
    return known
  }
  try {
    const arrays: NdArray[] = []
    for (const name of typeof names === 'function' ? await names(await open(path)) : names) {
      const hash = name.lastIndexOf('#')
      const own = await open(path)
      // A name with a # in the file itself takes precedence.
      const [where, what] = hash < 0 || own.names.has(name) ? [path, name] : beside(path, name, hash)
      arrays.push(await (await open(where)).read(what, missing))
    }
    return arrays
  } finally {
    for (const file of files.values()) await file.then((f) => f.close()).catch(() => {})
  }
}

/** Whether a file has an array of exactly this name, also of another file in the folder, `other.npy#other`. */
export async function hasArray(path: string, name: string): Promise<boolean> {
  const holds = async (where: string, what: string): Promise<boolean> => {
    const file = await openDataFile(where)
    await file.close()
    return file.names.has(what)
  }
  if (await holds(path, name)) return true
  const hash = name.lastIndexOf('#')
  if (hash < 0) return false
  return holds(...beside(path, name, hash)).catch((error: unknown) => {
    if (error instanceof SpikewardError && error.code === 'DATA_FILE_NOT_FOUND') return false
    throw error
  })
}

const beside = (path: string, name: string, hash: number): [string, string] => [
  isAbsolute(name) ? name.slice(0, hash) : join(dirname(path), name.slice(0, hash)),
  name.slice(hash + 1),
]
