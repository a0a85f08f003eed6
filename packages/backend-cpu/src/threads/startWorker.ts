import type * as workerThreads from 'node:worker_threads'
import { builtin } from '../host.js'
import { workerSource } from './workerSource.js'

export interface StartedWorker {
  /** Resolves when the worker waits for commands. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** Starts one worker: a thread in Node, a Web Worker in a page. It does not keep a Node process alive. */
export function startWorker(memory: WebAssembly.Memory, thread: number, url: string | URL | undefined): StartedWorker {
  const threads = builtin('node:worker_threads')
  return threads !== null ? nodeWorker(threads, memory, thread) : webWorker(memory, thread, url)
}

function nodeWorker(threads: typeof workerThreads, memory: WebAssembly.Memory, thread: number): StartedWorker {
  const worker = new threads.Worker(workerSource, {
    eval: true,
    // Without the parent's flags: --input-type=module would make the script a module.
    execArgv: [],
    workerData: { memory, thread },
    name: `spikeward-cpu-${thread}`,
  })
  const ready = new Promise<void>((resolve, reject) => {
    worker.once('message', () => {
      worker.unref()
      resolve()
    })
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the worker ended before it was ready')))
  })
  return {
    ready,
    async stop() {
      await worker.terminate()
    },
  }
}

function webWorker(memory: WebAssembly.Memory, thread: number, url: string | URL | undefined): StartedWorker {
  const own = url === undefined ? URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })) : null
  const worker = new Worker(own ?? url!)
  const ready = new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve()
    worker.onerror = (event) => reject(new Error(event.message || 'the worker could not be loaded'))
    worker.postMessage({ memory, thread })
  })
  return {
    ready: ready.finally(() => {
      if (own !== null) URL.revokeObjectURL(own)
    }),
    async stop() {
      worker.terminate()
    },
  }
}
