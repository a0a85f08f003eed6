import type * as H5 from 'h5wasm'
import { SpikewardError } from '@spikeward/core'
import { malformed } from '../graph/nodeTypes.js'

/** The HDF5 library with its file system in memory. */
export interface Library {
  readonly h5: typeof H5
  readonly files: {
    writeFile(path: string, bytes: Uint8Array): void
    readFile(path: string): Uint8Array
    unlink(path: string): void
  }
}

/** A damaged file broke the memory of the library, which cannot be used again in this thread. */
const libraryFailed = (cause: unknown): SpikewardError =>
  new SpikewardError(
    'NIR_LIBRARY_FAILED',
    `the HDF5 library failed in its own memory, on this damaged file or on an earlier one, and cannot be used again in this thread: ${String(cause)}; read files that you do not trust in a worker, as readNirFile of @spikeward/nir/node does`,
    { cause },
  )

/**
 * Loads the library, which takes about 20 ms the first time.
 *
 * @throws NIR_LIBRARY_FAILED if an earlier file broke its memory
 */
export async function loadLibrary(): Promise<Library> {
  const h5 = await import('h5wasm')
  const module = await h5.ready
  try {
    module.activate_throwing_error_handler()
  } catch (error) {
    throw libraryFailed(error)
  }
  return { h5, files: module.FS as unknown as Library['files'] }
}

const path = '/spikeward.nir'

/**
 * Runs `work` on a file that holds `bytes`, and removes the file afterwards.
 *
 * @throws NIR_MALFORMED if the library refuses the file; NIR_LIBRARY_FAILED if the file broke the library's memory
 */
export function withFile<T>({ h5, files }: Library, bytes: Uint8Array, work: (file: H5.File) => T): T {
  files.writeFile(path, bytes)
  try {
    const file = coded(() => new h5.File(path, 'r'))
    try {
      return coded(() => work(file))
    } finally {
      // After a trap, closing traps as well or has no effect; either way the code of the error is the same.
      coded(() => file.close())
    }
  } finally {
    files.unlink(path)
  }
}

/** Runs `work` in the library, whose errors get a code. A trap of WebAssembly leaves its memory in an unknown state. */
function coded<T>(work: () => T, what = 'read the file'): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw libraryFailed(error)
    throw error instanceof SpikewardError ? error : malformed(`the HDF5 library cannot ${what}`)
  }
}

/**
 * Bytes of a new file that `work` fills.
 *
 * @throws NIR_MALFORMED if the library refuses the content; NIR_LIBRARY_FAILED
 */
export function newFile({ h5, files }: Library, work: (file: H5.File) => void): Uint8Array {
  const write = 'write the graph'
  const file = coded(() => new h5.File(path, 'w'), write)
  try {
    try {
      coded(() => {
        work(file)
        file.flush()
      }, write)
    } finally {
      coded(() => file.close(), write)
    }
    return files.readFile(path)
  } finally {
    files.unlink(path)
  }
}
