import { stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { budgetOf, checkArrayMemory, overBudget } from './budget.js'
import type { Budget } from './budget.js'
import { corrupt, elements, fromColumnMajor, unknownName, unsupported } from './dataFile.js'
import type { DataFile, NdArray } from './dataFile.js'

/** The worker's description of one data set. */
type Listed = {
  readonly name: string
  readonly shape: number[]
  /** Bytes of a chunk, which the library unpacks at once; 0 if there are none. */
  readonly chunk: number
  readonly problem: string | null
}
type Answer =
  | { readonly id: number; readonly list: Listed[]; readonly visited: number; readonly complete: boolean }
  | { readonly id: number; readonly set: Listed | null }
  | { readonly id: number; readonly values: Float64Array }
  | { readonly id: number; readonly error: string }
type Request = { readonly what: 'describe' | 'read'; readonly name: string }

/**
 * The HDF5 library runs in a worker thread: it prints its errors to standard error, may abort for good on a damaged
 * file, and may loop without end; a thread can be silenced and ended. Plain JavaScript, run from this text.
 *
 * Groups may contain each other, so that paths are endless: links are followed level by level, and no more of them than
 * the budget allows.
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
let file
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
async function start() {
  const h5 = await import(workerData.library)
  await h5.ready
  file = new h5.File(workerData.path, 'r')
  return walk(file, workerData.nodes)
}
function respond(what, name) {
  const item = get(file, name)
  if (what === 'describe') return { set: item !== null && item.type === 'Dataset' ? describe(item, name) : null }
  const value = item.value
  if (value === null || value === undefined || typeof value === 'string') throw new Error('no numbers')
  const plain = typeof value === 'number' || typeof value === 'bigint' ? [value] : value
  return { values: Float64Array.from(plain, Number) }
}
async function answer(id, f) {
  try {
    const result = await f()
    parentPort.postMessage({ id, ...result }, result.values ? [result.values.buffer] : [])
  } catch (e) {
    parentPort.postMessage({ id, error: String(e && e.message || e) })
  }
}
parentPort.on('message', ({ id, what, name }) => answer(id, () => respond(what, name)))
answer(0, start)
`

/** Whether bytes hold the HDF5 signature: at 0, or after a user block of 512, 1024, 2048 … bytes. */
export function isHdf5(bytes: Uint8Array): boolean {
  const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  for (let at = 0; at < bytes.length; at = at === 0 ? 512 : 2 * at)
    if (signature.every((v, i) => bytes[at + i] === v)) return true
  return false
}

/** Options of {@link hdf5File}. */
export type Hdf5Options = {
  /** Whether axes are in MATLAB's order, which is the reverse. */
  readonly matlab: boolean
  /** The resources for reading. Default: {@link budgetOf} the file's size. */
  readonly budget?: Partial<Budget>
}

/** An HDF5 file, and how many links listing it followed. */
export type Hdf5File = DataFile & { readonly visited: number }

/**
 * An HDF5 file, or a MAT-file of version 7.3, which is one: data sets of real numbers, those in groups by their path
 * ('group/set'). `names` lists what the budget of nodes reaches, level by level; a data set below is read by its path all the same.
 *
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED; DATA_BUDGET if the library takes too long, or an array needs more memory
 *   than a file of this size explains
 */
export async function hdf5File(path: string, options: Hdf5Options): Promise<Hdf5File> {
  const { matlab } = options
  const budget: Budget = { ...budgetOf((await stat(path)).size), ...options.budget }
  const { ask, close } = startWorker(path, budget)
  const first = await ask(null).catch(async (error: unknown) => {
    await close()
    throw error
  })
  if (!('list' in first)) {
    await close()
    throw corrupt(path, 'the HDF5 library cannot open it')
  }
  const { list, visited, complete } = first
  const ordered = (shape: readonly number[]): number[] => (matlab ? [...shape].reverse() : [...shape])
  // MATLAB keeps the insides of cells and structs under #refs#.
  const sets = new Map(list.filter((s) => !(matlab && s.name.startsWith('#'))).map((s) => [s.name, s]))
  const readable = [...sets].filter(([, s]) => s.problem === null)
  const find = async (name: string): Promise<Listed | null> => {
    const known = sets.get(name)
    if (known || complete) return known ?? null
    const answer = await ask({ what: 'describe', name })
    return 'set' in answer ? answer.set : null
  }
  const file: Hdf5File = {
    path,
    format: matlab ? 'mat' : 'hdf5',
    visited,
    names: new Map(readable.map(([name, s]) => [name, ordered(s.shape)])),
    async read(name): Promise<NdArray> {
      const set = await find(name.replace(/^\/+/, ''))
      if (!set && complete) throw unknownName(file, name)
      if (!set)
        throw overBudget(
          path,
          'nodes',
          `no array "${name}" among the links that were followed, and there are more: groups contain one another`,
          `${budget.nodes} links`,
        )
      if (set.problem !== null)
        throw unsupported(path, `"${name}": ${set.problem}`, 'save it as plain doubles, uncompressed or with gzip')
      checkArrayMemory(path, name, set.shape, elements(set.shape), budget)
      if (set.chunk > budget.memory)
        throw overBudget(path, 'memory', `a chunk of "${name}" takes ${set.chunk} bytes`, `${budget.memory} bytes`)
      const answer = await ask({ what: 'read', name: set.name })
      if (!('values' in answer)) throw corrupt(path, `the HDF5 library cannot read "${name}"`)
      if (answer.values.length !== elements(set.shape))
        throw corrupt(path, `"${name}" of [${set.shape.join(' × ')}] gave ${answer.values.length} numbers`)
      const shape = ordered(set.shape)
      // Reversed axes, row-major, are the true axes, column-major; and so a MATLAB matrix is read.
      return matlab ? fromColumnMajor(shape, answer.values) : { shape, data: answer.values }
    },
    close,
  }
  return file
}

/** Starts the worker on a file. Its first answer, requested with null, is the list of data sets. */
function startWorker(
  path: string,
  budget: Budget,
): { ask(request: Request | null): Promise<Answer>; close(): Promise<void> } {
  const worker = new Worker(WORKER, {
    eval: true,
    env: {},
    execArgv: [],
    workerData: { path, library: import.meta.resolve('h5wasm/node'), nodes: budget.nodes },
  })
  const waiting = new Map<number, { resolve: (a: Answer) => void; reject: (e: Error) => void }>()
  let ended: Error | null = null
  const fail = (error: Error): void => {
    ended ??= error
    for (const w of waiting.values()) w.reject(ended)
    waiting.clear()
  }
  worker.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.resolve(answer)
    waiting.delete(answer.id)
  })
  worker.on('error', () => fail(corrupt(path, 'the HDF5 library gave up on it')))
  worker.on('exit', () => fail(corrupt(path, 'the HDF5 library gave up on it')))
  let count = 0
  return {
    async ask(request) {
      if (ended) throw ended
      const id = count++
      let timer: NodeJS.Timeout | undefined
      try {
        return await new Promise<Answer>((resolve, reject) => {
          waiting.set(id, { resolve, reject })
          timer = setTimeout(() => {
            fail(
              overBudget(path, 'seconds', 'the HDF5 library gave no answer in time', `${budget.seconds.toFixed(0)} s`),
            )
            void worker.terminate()
          }, budget.seconds * 1000)
          if (request !== null) worker.postMessage({ id, ...request })
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
