import { Worker } from 'node:worker_threads'
import type { ReusableThread } from '@spikeward/core/node'
import { malformed } from '../graph/graphErrors.js'
import { contentsOf } from '../hdf5/contents.js'
import type { ContentLimits, Contents, Found } from '../hdf5/contents.js'
import { tooSlow } from '../hdf5/limits.js'

/** The thread's answer: what it found, null if the library failed, and whether the library's memory grew. */
type Answer = { readonly found: Found | null; readonly grew: boolean }

/**
 * Plain JavaScript, because it must run without support for TypeScript. Errors of the library are made to throw,
 * because by default a failed read returns whatever is in memory. Its memory cannot grow beyond the limit, because a
 * damaged size could otherwise make it allocate 2 GiB.
 */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads')
const contentsOf = ${contentsOf.toString()}
let most = Infinity
let refused = false
let grew = false
const grow = WebAssembly.Memory.prototype.grow
WebAssembly.Memory.prototype.grow = function (pages) {
  grew = true
  // After a refusal the library requests less memory.
  refused = this.buffer.byteLength + 65536 * pages > most
  if (!refused) return grow.call(this, pages)
  throw new RangeError('the limit of memory')
}
async function load() {
  const h5 = await import(workerData.library)
  const module = await h5.ready
  module.activate_throwing_error_handler()
  return { h5, files: module.FS }
}
let library
async function read({ bytes, limits }) {
  most = limits.memory
  library = library || load()
  const { h5, files } = await library
  files.writeFile('/file', bytes)
  const file = new h5.File('/file', 'r')
  const found = contentsOf(file, limits)
  file.close()
  files.unlink('/file')
  return found
}
const tell = (found) => parentPort.postMessage({ found: refused ? { exceeds: 'memory' } : found, grew })
parentPort.on('message', (request) => read(request).then(tell, () => tell(null)))
`

/** A thread with the HDF5 library, which reads one file after the other. */
export interface NirThread extends ReusableThread {
  /**
   * The contents of a file. The thread is spent after a file that it did not read in full, because such a file may have damaged
   * the memory of the library, and after a large one.
   *
   * @throws NIR_MALFORMED if the library cannot read the file; NIR_LIMIT if it takes longer than the limit
   */
  read(bytes: Uint8Array, limits: ContentLimits): Promise<Found>
}

/** Starts a thread, which does not keep the process alive while it reads nothing. */
export function nirThread(): NirThread {
  const worker = new Worker(WORKER, {
    eval: true,
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData: { library: import.meta.resolve('h5wasm') },
  })
  worker.unref()
  let spent = false
  let fail: (error: Error) => void = () => {}
  const end = (): void => {
    spent = true
    fail(malformed('the HDF5 library cannot read the file'))
  }
  worker.on('error', end)
  worker.on('exit', end)
  return {
    get spent() {
      return spent
    },
    async read(bytes, limits) {
      // Ended while it waited, or in the middle of this read.
      spent = true
      let timer: NodeJS.Timeout | undefined
      try {
        return await new Promise<Found>((resolve, reject) => {
          fail = reject
          // The timer keeps the process alive.
          timer = setTimeout(() => reject(tooSlow(limits.seconds)), 1000 * limits.seconds)
          worker.once('message', ({ found, grew }: Answer) => {
            if (found === null) return end()
            spent = grew || !('contents' in found) || !isWhole(found.contents)
            resolve(found)
          })
          worker.postMessage({ bytes, limits })
        })
      } finally {
        clearTimeout(timer)
      }
    },
    async close() {
      await worker.terminate()
    },
  }
}

/** Whether every entry could be read. */
function isWhole(contents: Contents): boolean {
  if (contents.kind === 'group') return contents.entries.every(([, entry]) => isWhole(entry))
  return contents.kind !== 'unreadable'
}
