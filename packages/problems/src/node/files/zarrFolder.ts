import { readFile, readdir, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { basename, dirname, join, relative, sep } from 'node:path'
import { parseJson } from '@spikeward/core'
import { type ReaderOptions, budgetOf, checkArrayMemory } from './budget.js'
import { type DataFile, type NdArray, corrupt, elements, unknownName } from './dataFile.js'

/** Files that describe a group or an array: of version 3, and of version 2. */
const DESCRIPTIONS = ['zarr.json', '.zgroup', '.zarray']

/** Whether a folder is a Zarr store of version 2 or 3. */
export async function isZarr(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => [])
  return DESCRIPTIONS.some((name) => names.includes(name))
}

/** Bytes of a file; undefined if there is none. Pipes and devices are refused, since reading them may never end. */
async function bytesIn(path: string): Promise<Uint8Array | undefined> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (facts === undefined) return undefined
  if (!facts.isFile()) throw new Error(`${basename(path)} is not a file`)
  return readFile(path)
}

/** Bytes of the widest number. */
const WIDEST = 16

/** A codec that inflates at most the bytes of a chunk of the declared shape; zarrita's own has no bound. */
const inflating = (how: typeof gunzip | typeof inflate) => async () => ({
  fromConfig: (_: unknown, { shape }: { readonly shape: readonly number[] }) => ({
    kind: 'bytes_to_bytes' as const,
    encode: () => Promise.reject(new Error('it is read only')),
    decode: (bytes: Uint8Array): Promise<Uint8Array> =>
      promisify(how)(bytes, { maxOutputLength: WIDEST * (elements(shape) + 1) }),
  }),
})

const isShape = (value: unknown): boolean =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)

/**
 * A Zarr store of version 2 or 3 in a folder: its arrays of numbers, those in groups by their path (`group/array`). The
 * one array of a store without groups has the name of the folder. Chunks that are absent hold the fill value, as the
 * format says.
 *
 * @throws DATA_CORRUPT for a damaged description or chunk, and for a codec that zarrita does not know; DATA_BUDGET for
 *   an array that needs more memory than a folder of this size explains
 */
export async function zarrFolder(path: string, options: ReaderOptions = {}): Promise<DataFile> {
  const zarr = await import('zarrita')
  for (const [name, how] of [
    ['gzip', gunzip],
    ['zlib', inflate],
  ] as const)
    for (const prefix of ['', 'numcodecs.']) zarr.registry.set(`${prefix}${name}`, inflating(how))
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const sizes = await Promise.all(files.map(async (one) => (await stat(one)).size))
  const budget = { ...budgetOf(sizes.reduce((a, b) => a + b, 0)), ...options.budget }
  const store = {
    get: (key: string): Promise<Uint8Array | undefined> => bytesIn(join(path, key)),
  }
  const within = async <T>(what: string, read: () => Promise<T>): Promise<T> =>
    read().catch((error: Error) => {
      throw corrupt(path, `${what}: ${error.message}`)
    })
  const openArray = async (place: string) => zarr.open(zarr.root(store).resolve(place), { kind: 'array' })
  const arrays = new Map<string, Awaited<ReturnType<typeof openArray>>>()
  for (const file of files.sort()) {
    if (!['zarr.json', '.zarray'].includes(basename(file))) continue
    const place = relative(path, dirname(file)).split(sep).join('/')
    const described = await within(`"${place}"`, async () => parseJson(await readFile(file, 'utf8')))
    if (basename(file) === 'zarr.json' && (described as { node_type?: unknown }).node_type !== 'array') continue
    const array = await within(`"${place}"`, () => openArray(`/${place}`))
    if (![array.shape, array.chunks].every(isShape)) throw corrupt(path, `the shape of "${place}" is no list of sizes`)
    const { chunks } = array
    const getChunk = array.getChunk.bind(array)
    // zarrita fills a truncated chunk with zeros and reports no error.
    array.getChunk = async (...where) => {
      const chunk = await getChunk(...where)
      const [result, expected] = [(chunk.data as ArrayLike<unknown>).length, elements(chunks)]
      if (result === expected) return chunk
      throw new Error(`chunk [${where[0].join(', ')}] has ${result} numbers, and ${expected} are expected`)
    }
    // Names of fixed and of free length, and objects, are no numbers.
    if (array.is('number') || array.is('bigint') || array.is('boolean'))
      arrays.set(place === '' ? basename(path).replace(/\.zarr$/, '') : place, array)
  }
  const file: DataFile = {
    path,
    format: 'zarr',
    names: new Map([...arrays].map(([name, { shape }]) => [name, shape])),
    async read(name): Promise<NdArray> {
      const array = arrays.get(name)
      if (array === undefined) throw unknownName(file, name)
      const { shape } = array
      for (const one of [shape, array.chunks]) checkArrayMemory(path, name, one, elements(one), budget)
      const chunk = await within(`"${name}"`, () => zarr.get(array))
      return { shape, data: Float64Array.from(chunk.data as ArrayLike<number | bigint | boolean>, Number) }
    },
    close: () => Promise.resolve(),
  }
  return file
}
