import { SpikewardError } from '@spikeward/core/backend'
import { commands, control } from './barrier.js'
import type * as workerThreads from 'node:worker_threads'
import { builtin } from '../host.js'
import { workerSource } from './workerSource.js'

interface StartedWorker {
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

/** The worker threads of a backend. Thread 0 is the caller. */
export interface Pool {
  /**
   * Loads the module of these bytes of the shared memory in all workers under `id`; returns when all have loaded it.
   */
  load(id: number, address: number, length: number): void
  unload(id: number): void
  /** Makes all workers call the module with this table; returns at once. */
  run(id: number, table: number): void
  stop(): Promise<void>
}

/**
 * Starts `count` workers on a shared memory.
 *
 * @throws THREADS_UNAVAILABLE if a worker cannot be started
 */
export async function startPool(
  memory: WebAssembly.Memory,
  count: number,
  workerUrl: string | URL | undefined,
  mayWait: boolean,
): Promise<Pool> {
  const cells = new Int32Array(memory.buffer, 0, 256)
  const at = (byte: number): number => byte >> 2
  const started: StartedWorker[] = []
  try {
    for (let thread = 1; thread <= count; thread++) started.push(startWorker(memory, thread, workerUrl))
    await Promise.all(started.map((w) => w.ready))
  } catch (cause) {
    await Promise.all(started.map((w) => w.stop()))
    throw new SpikewardError(
      'THREADS_UNAVAILABLE',
      'a worker thread could not be started; use cpu({ threads: 1 }), or serve the worker file from the page and ' +
        'pass its address as workerUrl',
      { cause },
    )
  }

  const send = (command: number, module: number, argument: number, length: number): void => {
    cells[at(control.command)] = command
    cells[at(control.module)] = module
    cells[at(control.argument)] = argument
    cells[at(control.length)] = length
    Atomics.add(cells, at(control.epoch), 1)
    if (Atomics.load(cells, at(control.sleepers)) > 0) Atomics.notify(cells, at(control.epoch))
  }
  /** Sends a command and waits until all workers have done it. */
  const ask = (command: number, module: number, argument = 0, length = 0): void => {
    Atomics.store(cells, at(control.done), 0)
    send(command, module, argument, length)
    for (;;) {
      const done = Atomics.load(cells, at(control.done))
      if (done >= count) return
      if (Atomics.load(cells, at(control.failed)) !== 0) {
        throw new SpikewardError(
          'THREAD_FAILED',
          'a worker thread of the cpu backend failed; the console shows its error; make a new backend',
        )
      }
      if (mayWait) Atomics.wait(cells, at(control.done), done, 100)
    }
  }
  return {
    load: (id, address, length) => ask(commands.load, id, address, length),
    unload: (id) => ask(commands.unload, id),
    run: (id, table) => send(commands.run, id, table, 0),
    async stop() {
      if (Atomics.load(cells, at(control.failed)) === 0) send(commands.exit, 0, 0, 0)
      await Promise.all(started.map((w) => w.stop()))
    },
  }
}
