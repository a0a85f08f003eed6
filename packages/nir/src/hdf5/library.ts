import type * as H5 from 'h5wasm'
import { malformed } from '../graph/errors.js'

/** The HDF5 library with its file system in memory. */
export interface Library {
  readonly h5: typeof H5
  readonly files: {
    writeFile(path: string, bytes: Uint8Array): void
    readFile(path: string): Uint8Array
    unlink(path: string): void
  }
}

/** Loads the library, which costs some 20 ms the first time. */
export async function loadLibrary(): Promise<Library> {
  const h5 = await import('h5wasm')
  const module = await h5.ready
  module.activate_throwing_error_handler()
  return { h5, files: module.FS as unknown as Library['files'] }
}

const path = '/spikeward.nir'

/** Runs `work` on a file that holds `bytes`, and removes the file afterwards. */
export function withFile<T>({ h5, files }: Library, bytes: Uint8Array, work: (file: H5.File) => T): T {
  files.writeFile(path, bytes)
  let file: H5.File | undefined
  try {
    file = new h5.File(path, 'r')
    return work(file)
  } catch (error) {
    throw error instanceof Error && 'code' in error ? error : malformed('the HDF5 library cannot read the file')
  } finally {
    try {
      file?.close()
    } finally {
      files.unlink(path)
    }
  }
}

/** Bytes of a new file that `work` fills. */
export function newFile({ h5, files }: Library, work: (file: H5.File) => void): Uint8Array {
  const file = new h5.File(path, 'w')
  try {
    work(file)
    file.flush()
  } finally {
    file.close()
  }
  const bytes = files.readFile(path)
  files.unlink(path)
  return bytes
}
