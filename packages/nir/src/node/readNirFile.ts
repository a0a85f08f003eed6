import { readFile, stat } from 'node:fs/promises'
import { SpikewardError } from '@spikeward/core'
import { idleThread, reading } from '@spikeward/core/node'
import type { NirGraph } from '../graph/nirData.js'
import { checkSignature } from '../hdf5/checkSignature.js'
import type { ContentLimits, Found } from '../hdf5/contents.js'
import { graphOf } from '../hdf5/graphOf.js'
import { limitsFor, withinLimits } from '../hdf5/limits.js'
import type { ReadLimits } from '../hdf5/limits.js'
import { nirThread } from './nirThread.js'

const threads = idleThread(nirThread)

/**
 * Reads a NIR file in a worker thread, which is terminated if the HDF5 library loops or aborts on a damaged file. Files that are
 * read in full, one soon after the other, share a thread; no file is read in a thread that failed on another one.
 *
 * @param limits see {@link ReadLimits}
 * @throws NIR_MALFORMED, NIR_LIMIT as `readNir`; FILE_UNREADABLE
 * @example const graph = await readNirFile('model.nir')
 */
export async function readNirFile(path: string, limits: ReadLimits = {}): Promise<NirGraph> {
  const bytes = await reading(path, () => bytesOf(path))
  checkSignature(bytes)
  const most = limitsFor(bytes.length, limits)
  return graphOf(withinLimits(await foundIn(bytes, most), most))
}

async function bytesOf(path: string): Promise<Uint8Array> {
  // Reading a pipe could wait forever.
  if (!(await stat(path)).isFile())
    throw new SpikewardError('FILE_UNREADABLE', `${path} cannot be read: it is not a file; name a NIR file`)
  return readFile(path)
}

async function foundIn(bytes: Uint8Array, limits: ContentLimits): Promise<Found> {
  const thread = threads.take()
  try {
    return await thread.read(bytes, limits)
  } finally {
    await threads.handBack(thread)
  }
}
