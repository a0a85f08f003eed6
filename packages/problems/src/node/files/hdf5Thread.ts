import { Worker } from 'node:worker_threads'
import { overBudget } from './budget.js'
import { corrupt } from './dataFile.js'

/** The thread's description of one data set. */
export type Listed = {
  readonly name: string
  readonly shape: number[]
  /** Bytes of a chunk, which the library unpacks at once; 0 if there are none. */
  readonly chunk: number
  readonly problem: string | null
}
/** The answers of the thread. */
export type Answer =
  | { readonly id: number; readonly list: Listed[]; readonly visited: number; readonly complete: boolean }
  | { readonly id: number; readonly set: Listed | null }
  | { readonly id: number; readonly values: Float64Array }
  | { readonly id: number; readonly error: string; readonly spent: boolean }
/** The requests to the thread. */
export type Request =
  | { readonly what: 'open'; readonly path: string; readonly nodes: number }
  | { readonly what: 'describe' | 'read'; readonly name: string }

/**
 * The HDF5 library runs in a worker thread: it prints its errors to standard error, may abort for good on a damaged
 * file, and may loop without end; a thread can be silenced and ended. Plain JavaScript, run from this text.
 *
 * Groups may contain each other, so that paths are endless: links are followed level by level, and no more of them than
 * the budget allows.
 *
 * While numbers are read, the library's errors are made to throw: by default a read that fails gives whatever is in
 * memory. The library then keeps the file open, so that the thread takes no other.
 *
 * Filters are checked before numbers are read: the library knows deflate (1), shuffle (2), checksum (3), nbit (5) and
 * scale-offset (6), and passes chunks of one that it does not know (lzf: 32000) through undecoded, as if they were numbers.
 */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads')
const fs = require('node:fs')
// The library writes its complaints straight to the process's own standard error.
const write = fs.writeSync
fs.writeSync = (fd, data, offset, length, ...rest) => (fd === 1 || fd === 2 ? length : write(fd, data, offset, length, ...rest))
const KNOWN = new Set([1, 2, 3, 5, 6])
let file, module
function describe(item, name) {
  let shape = [], chunk = 0, problem = null
  try {
    const m = item.metadata
    shape = (m.shape || []).map(Number)
    chunk = m.chunks ? m.chunks.reduce((a, b) => a * Number(b), m.size) : 0
    const odd = item.filters.find((f) => !KNOWN.has(f.id))
    if (m.type !== 0 && m.type !== 1) problem = 'it holds no real numbers (HDF5 type class ' + m.type + ')'
    else if (m.shape === null) problem = 'it is empty'
    else if (![1, 2, 4, 8].includes(m.size) || m.vlen) problem = 'its numbers have ' + m.size + ' bytes'
    else if (odd) problem = 'it is compressed with the filter ' + (odd.name || odd.id) + ', which cannot be undone here'
    else if (m.virtual_sources && m.virtual_sources.length) problem = 'it is a virtual data set, made of other files'
  } catch (e) { problem = 'its description is damaged' }
  return { name, shape, chunk, problem }
}
function get(from, name) {
  try { return from.get(name) } catch { return null }
}
function walk(root, nodes) {
  const list = []
  let visited = 0
  let level = [[root, '']]
  while (level.length > 0) {
    const next = []
    for (const [group, prefix] of level)
      for (const key of group.keys()) {
        if (++visited > nodes) return { list, visited: nodes, complete: false }
        const item = get(group, key)
        if (item !== null && item.type === 'Group') next.push([item, prefix + key + '/'])
        if (item !== null && item.type === 'Dataset') list.push(describe(item, prefix + key))
      }
    level = next
  }
  return { list, visited, complete: true }
}
async function open(path, nodes) {
  const h5 = await import(workerData.library)
  module = await h5.ready
  if (file) file.close()
  file = undefined
  file = new h5.File(path, 'r')
  return walk(file, nodes)
}
class ReadFailure extends Error {}
function valueOf(item) {
  module.activate_throwing_error_handler()
  try { return item.value } catch (e) {
    throw e instanceof WebAssembly.RuntimeError ? e : new ReadFailure(e && e.message)
  } finally { module.deactivate_throwing_error_handler() }
}
function respond({ what, name, path, nodes }) {
  if (what === 'open') return open(path, nodes)
  const item = get(file, name)
  if (what === 'describe') return { set: item !== null && item.type === 'Dataset' ? describe(item, name) : null }
  const value = valueOf(item)
  if (value === null || value === undefined || typeof value === 'string') throw new Error('no numbers')
  const plain = typeof value === 'number' || typeof value === 'bigint' ? [value] : value
  return { values: Float64Array.from(plain, Number) }
}
async function answer(id, f) {
  try {
    const result = await f()
    parentPort.postMessage({ id, ...result }, result.values ? [result.values.buffer] : [])
  } catch (e) {
    const spent = e instanceof WebAssembly.RuntimeError || e instanceof ReadFailure
    parentPort.postMessage({ id, error: String(e && e.message || e), spent })
  }
}
parentPort.on('message', (request) => answer(request.id, () => respond(request)))
`

/** The HDF5 library in a thread, with one open file at a time. */
export type Hdf5Thread = {
  /**
   * @param path of the file, for errors
   * @throws DATA_CORRUPT if the library ends its thread; DATA_BUDGET if the answer takes more than `seconds`
   */
  ask(request: Request, path: string, seconds: number): Promise<Answer>
  /** Whether the thread has ended, or a damaged file broke the memory of the library or cannot be closed: it takes no other file. */
  readonly spent: boolean
  close(): Promise<void>
}

/**
 * Starts a thread with the HDF5 library, for reading many files: a file otherwise starts a thread of its own, which takes
 * longer than to read it. Close a file before the next one is opened, replace the thread where it is `spent`, and close
 * it at the end.
 *
 * @example
 * const thread = hdf5Thread()
 * for (const path of paths) {
 *   const file = await openDataFile(path, { thread })
 *   console.log(file.names)
 *   await file.close()
 * }
 * await thread.close()
 */
export function hdf5Thread(): Hdf5Thread {
  const worker = new Worker(WORKER, {
    eval: true,
    env: {},
    execArgv: [],
    workerData: { library: import.meta.resolve('h5wasm/node') },
  })
  const waiting = new Map<number, { path: string; resolve: (a: Answer) => void; reject: (e: Error) => void }>()
  let ended = false
  let spent = false
  const gaveUp = (path: string): Error => corrupt(path, 'the HDF5 library gave up on it')
  const end = (): void => {
    ended = true
    for (const { path, reject } of waiting.values()) reject(gaveUp(path))
    waiting.clear()
  }
  worker.on('message', (answer: Answer) => {
    if ('error' in answer && answer.spent) spent = true
    waiting.get(answer.id)?.resolve(answer)
    waiting.delete(answer.id)
  })
  worker.on('error', end)
  worker.on('exit', end)
  let count = 0
  return {
    async ask(request, path, seconds) {
      if (ended) throw gaveUp(path)
      const id = count++
      let timer: NodeJS.Timeout | undefined
      try {
        return await new Promise<Answer>((resolve, reject) => {
          waiting.set(id, { path, resolve, reject })
          timer = setTimeout(() => {
            waiting.delete(id)
            reject(overBudget(path, 'seconds', 'the HDF5 library gave no answer in time', `${seconds.toFixed(0)} s`))
            ended = true
            void worker.terminate()
          }, seconds * 1000)
          worker.postMessage({ id, ...request })
        })
      } finally {
        clearTimeout(timer)
      }
    },
    get spent() {
      return ended || spent
    },
    async close() {
      await worker.terminate()
    },
  }
}
