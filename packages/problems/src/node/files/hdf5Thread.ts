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
  | { readonly refused: true }
/** The requests to the thread. */
export type Request =
  | { readonly what: 'open'; readonly path: string; readonly nodes: number; readonly memory: number }
  | { readonly what: 'describe' | 'read'; readonly name: string }

/**
 * The HDF5 library runs in a worker thread, which can be silenced and ended: the library may abort on a damaged file,
 * loop forever, or take 2 GiB for a damaged size. Limits of a thread's resources do not hold for WebAssembly, so that
 * the thread ends itself when the library announces more memory than allowed, before it fills it. The library reads the
 * file through a file system of its own. Plain JavaScript, run from this text.
 *
 * Groups may contain each other, so that paths are endless: links are followed level by level, and no more of them than
 * the budget allows.
 *
 * A read that fails inside the library gives whatever is in memory. The library reports it on its standard error alone,
 * so that a read during which it writes there has failed. A thread whose library does not report a file that is absent
 * reads nothing. The library's other mode, in which errors throw, would leave the data set open and the file with it.
 *
 * Filters are checked before numbers are read: the library knows deflate (1), shuffle (2), checksum (3), nbit (5) and
 * scale-offset (6), and passes chunks of one that it does not know (lzf: 32000) through undecoded, as if they were
 * numbers.
 */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads')
const fs = require('node:fs')
let reports = 0
let opened = 0
let most = Infinity
const KNOWN = new Set([1, 2, 3, 5, 6])
let h5, files, file, fd
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
async function load() {
  const library = await import(workerData.library)
  const module = await library.ready
  let heap = module.HEAPU8
  Object.defineProperty(module, 'HEAPU8', {
    get: () => heap,
    set(grown) {
      if (grown.byteLength > most) process.exit(workerData.refused)
      heap = grown
    },
  })
  files = module.FS
  files.createDevice('/dev', 'reports', null, () => reports++)
  files.close(files.getStream(2))
  if (files.open('/dev/reports', 'w').fd !== 2) throw new Error('the library has no standard error')
  const before = reports
  try { new library.File('/no/such/file', 'r') } catch {}
  if (reports === before) throw new Error('the library reports no errors')
  return library
}
async function open(path, nodes, memory) {
  most = memory
  h5 = h5 || await load()
  if (file) file.close()
  file = undefined
  if (fd) fs.closeSync(fd)
  fd = fs.openSync(path, 'r')
  const name = '/' + ++opened
  files.writeFile(name, '')
  const { node } = files.lookupPath(name)
  const from = fd
  node.usedBytes = fs.fstatSync(fd).size
  node.stream_ops = { ...node.stream_ops, read: (_, to, start, length, at) => fs.readSync(from, to, start, length, at) }
  file = new h5.File(name, 'r')
  return walk(file, nodes)
}
function valueOf(item) {
  const before = reports
  const value = item.value
  if (reports > before) throw new Error('the library reports an error')
  return value
}
function respond({ what, name, path, nodes, memory }) {
  if (what === 'open') return open(path, nodes, memory)
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
    parentPort.postMessage({ id, error: String(e && e.message || e), spent: e instanceof WebAssembly.RuntimeError })
  }
}
parentPort.on('message', (request) => answer(request.id, () => respond(request)))
`

/** The exit status of a thread whose library wants more memory than allowed. */
const REFUSED = 77

/** The HDF5 library in a thread, with one open file at a time. */
export type Hdf5Thread = {
  /**
   * @param path of the file, for errors
   * @returns `refused` if the library wants more memory than the file was opened with, which ends the thread
   * @throws DATA_CORRUPT if the library ends its thread; DATA_BUDGET if the answer takes more than `seconds`
   */
  ask(request: Request, path: string, seconds: number): Promise<Answer>
  /** Whether the thread has ended, or a damaged file broke the memory of the library: it takes no other file. */
  readonly spent: boolean
  close(): Promise<void>
}

/**
 * Starts a thread with the HDF5 library, for reading many files: a file otherwise starts a thread of its own, which
 * takes longer than to read it. Close a file before the next one is opened, replace the thread where it is `spent`, and
 * close it at the end.
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
    stdout: true,
    stderr: true,
    workerData: { library: import.meta.resolve('h5wasm'), refused: REFUSED },
  })
  const waiting = new Map<number, { path: string; resolve: (a: Answer) => void; reject: (e: Error) => void }>()
  let ended = false
  let spent = false
  const gaveUp = (path: string): Error => corrupt(path, 'the HDF5 library gave up on it')
  const end = (status: unknown): void => {
    ended = true
    for (const { path, resolve, reject } of waiting.values())
      if (status === REFUSED) resolve({ refused: true })
      else reject(gaveUp(path))
    waiting.clear()
  }
  worker.on('message', (answer: Exclude<Answer, { refused: true }>) => {
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
