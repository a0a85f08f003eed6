import { Worker } from 'node:worker_threads'
import { corrupt, elements, fromColumnMajor, unknownName, unsupported } from './dataFile.js'
import type { DataFile, NdArray } from './dataFile.js'

/** What the worker tells of one data set. */
type Listed = { readonly name: string; readonly shape: number[]; readonly problem: string | null }
type Answer =
  | { readonly id: number; readonly list: Listed[] }
  | { readonly id: number; readonly values: Float64Array }
  | { readonly id: number; readonly error: string }

/**
 * The HDF5 library runs in a worker thread: it prints its errors to standard error, may abort for good on a damaged
 * file, and may loop without end; a thread can be silenced and ended. Plain JavaScript, run from this text.
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
let file, h5
function walk(group, prefix, depth, list) {
  for (const key of group.keys()) {
    if (list.length >= 10000) return
    const name = prefix + key
    let item = null
    try { item = group.get(key) } catch {}
    if (item === null) continue
    if (item.type === 'Group' && depth < 32) walk(item, name + '/', depth + 1, list)
    if (item.type !== 'Dataset') continue
    let shape = [], problem = null
    try {
      const m = item.metadata
      shape = (m.shape || []).map(Number)
      const odd = item.filters.find((f) => !KNOWN.has(f.id))
      if (m.type !== 0 && m.type !== 1) problem = 'it holds no real numbers (HDF5 type class ' + m.type + ')'
      else if (m.shape === null) problem = 'it is empty'
      else if (![1, 2, 4, 8].includes(m.size) || m.vlen) problem = 'its numbers have ' + m.size + ' bytes'
      else if (odd) problem = 'it is compressed with the filter ' + (odd.name || odd.id) + ', which cannot be undone here'
      else if (m.virtual_sources && m.virtual_sources.length) problem = 'it is a virtual data set, made of other files'
    } catch (e) { problem = 'its description is damaged' }
    list.push({ name, shape, problem })
  }
}
async function start() {
  h5 = await import(workerData.library)
  const module = await h5.ready
  file = new h5.File(workerData.path, 'r')
  const list = []
  walk(file, '', 0, list)
  return { list }
}
function read(name) {
  const set = file.get(name)
  const value = set.value
  if (value === null || value === undefined || typeof value === 'string') throw new Error('no numbers')
  const plain = typeof value === 'number' || typeof value === 'bigint' ? [value] : value
  const values = Float64Array.from(plain, Number)
  return { values }
}
async function answer(id, f) {
  try {
    const result = await f()
    parentPort.postMessage({ id, ...result }, result.values ? [result.values.buffer] : [])
  } catch (e) {
    parentPort.postMessage({ id, error: String(e && e.message || e) })
  }
}
parentPort.on('message', ({ id, name }) => answer(id, () => read(name)))
answer(0, start)
`

/** Whether bytes hold the HDF5 signature: at 0, or after a user block of 512, 1024, 2048 … bytes. */
export function isHdf5(bytes: Uint8Array): boolean {
  const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  for (let at = 0; at < bytes.length; at = at === 0 ? 512 : 2 * at)
    if (signature.every((v, i) => bytes[at + i] === v)) return true
  return false
}

/**
 * An HDF5 file, or a MAT-file of version 7.3, which is one: data sets of real numbers, those in groups by their path
 * ('group/set').
 *
 * @param options.matlab whether axes come in MATLAB's order, which is the reverse
 * @param options.patience longest time to wait for one answer, in milliseconds; default 120000
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED
 */
export async function hdf5File(path: string, options: { matlab: boolean; patience?: number }): Promise<DataFile> {
  const { matlab, patience = 120_000 } = options
  const worker = new Worker(WORKER, {
    eval: true,
    env: {},
    execArgv: [],
    workerData: { path, library: import.meta.resolve('h5wasm/node') },
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
  const ask = async (name: string | null): Promise<Answer> => {
    if (ended) throw ended
    const id = count++
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Answer>((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        timer = setTimeout(() => {
          fail(corrupt(path, `the HDF5 library gave no answer within ${patience / 1000} s`))
          void worker.terminate()
        }, patience)
        if (name !== null) worker.postMessage({ id, name })
      })
    } finally {
      clearTimeout(timer)
    }
  }
  const close = async (): Promise<void> => {
    await worker.terminate()
  }

  const first = await ask(null).catch(async (error: unknown) => {
    await close()
    throw error
  })
  if (!('list' in first)) {
    await close()
    throw corrupt(path, 'the HDF5 library cannot open it')
  }
  const ordered = (shape: readonly number[]): number[] => (matlab ? [...shape].reverse() : [...shape])
  // MATLAB keeps the insides of cells and structs under #refs#.
  const sets = new Map(first.list.filter((s) => !(matlab && s.name.startsWith('#'))).map((s) => [s.name, s]))
  const readable = [...sets].filter(([, s]) => s.problem === null)
  const file: DataFile = {
    path,
    format: matlab ? 'mat' : 'hdf5',
    names: new Map(readable.map(([name, s]) => [name, ordered(s.shape)])),
    async read(name): Promise<NdArray> {
      const set = sets.get(name.replace(/^\/+/, ''))
      if (!set) throw unknownName(file, name)
      if (set.problem !== null)
        throw unsupported(path, `"${name}": ${set.problem}`, 'save it as plain doubles, uncompressed or with gzip')
      const answer = await ask(set.name)
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
