import { Worker } from 'node:worker_threads'
import { readRegular } from '@spikeward/core/node'
import { malformed } from '../graph/nodeTypes.js'
import type { NirGraph } from '../graph/nirData.js'
import { type ContentLimits, type ContentsOutcome, contentsOf } from '../hdf5/contents.js'
import { graphOf } from '../hdf5/graphOf.js'
import { type ReadLimits, checkSignature, limitsFor, tooSlow, withinLimits } from '../hdf5/limits.js'

/**
 * Plain JavaScript, because it must run without support for TypeScript. Errors of the library are made to throw,
 * because by default a failed read returns whatever is in memory. Limits of a thread's resources do not hold for
 * WebAssembly, and a damaged size can make the library take 2 GiB, so that the thread ends itself when the library
 * announces more memory than allowed, before it fills it.
 */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads')
const contentsOf = ${contentsOf.toString()}
async function run() {
  const h5 = await import(workerData.library)
  const module = await h5.ready
  let heap = module.HEAPU8
  Object.defineProperty(module, 'HEAPU8', {
    get: () => heap,
    set(grown) {
      if (grown.byteLength > workerData.limits.memory) process.exit(workerData.refused)
      heap = grown
    },
  })
  module.activate_throwing_error_handler()
  module.FS.writeFile('/file', workerData.bytes)
  return contentsOf(new h5.File('/file', 'r'), workerData.limits)
}
const tell = (found) => parentPort.postMessage({ found })
run().then(tell, () => tell(null))
`

/** The exit status of a thread whose library wants more memory than allowed. */
const REFUSED = 77

/**
 * Reads a NIR file in a worker thread, which is terminated if the HDF5 library loops or aborts on a damaged file.
 *
 * @param limits see {@link ReadLimits}
 * @throws NIR_MALFORMED, NIR_LIMIT as `readNir`; FILE_UNREADABLE
 * @example const graph = await readNirFile('model.nir')
 */
export async function readNirFile(path: string, limits: ReadLimits = {}): Promise<NirGraph> {
  const bytes = await readRegular(path, { what: 'a NIR file' })
  checkSignature(bytes)
  const most = limitsFor(bytes.length, limits)
  return graphOf(withinLimits(await foundIn(bytes, most), most))
}

async function foundIn(bytes: Uint8Array, limits: ContentLimits): Promise<ContentsOutcome> {
  const worker = new Worker(WORKER, {
    eval: true,
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData: { library: import.meta.resolve('h5wasm'), bytes, limits, refused: REFUSED },
  })
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<ContentsOutcome>((resolve, reject) => {
      const damaged = (): void => reject(malformed('the HDF5 library cannot read the file'))
      timer = setTimeout(() => reject(tooSlow(limits.seconds)), 1000 * limits.seconds)
      worker.on('message', ({ found }: { found: ContentsOutcome | null }) =>
        found === null ? damaged() : resolve(found),
      )
      worker.on('error', damaged)
      worker.on('exit', (status) => (status === REFUSED ? resolve({ exceeds: 'memory' }) : damaged()))
    })
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
