import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { budgetOf, checkArrayMemory } from './budget.js'
import type { ReaderOptions } from './budget.js'
import { corrupt, elements, unknownName } from './dataFile.js'
import type { DataFile, NdArray } from './dataFile.js'

/** Files that describe a group or an array: of version 3, and of version 2. */
const DESCRIPTIONS = ['zarr.json', '.zgroup', '.zarray']

/** Whether a folder is a Zarr store of version 2 or 3. */
export async function isZarr(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => [])
  return DESCRIPTIONS.some((name) => names.includes(name))
}

/**
 * A Zarr store of version 2 or 3 in a folder: its arrays of numbers, those in groups by their path (`group/array`). The one array of a store
 * without groups has the name of the folder. Chunks that are absent hold the fill value, as the format says.
 *
 * @throws DATA_CORRUPT for a damaged description or chunk, and for a codec that zarrita does not know; DATA_BUDGET for an array that needs more
 *   memory than a folder of this size explains
 */
export async function zarrFolder(path: string, options: ReaderOptions = {}): Promise<DataFile> {
  const zarr = await import('zarrita')
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const sizes = await Promise.all(files.map(async (one) => (await stat(one)).size))
  const budget = { ...budgetOf(sizes.reduce((a, b) => a + b, 0)), ...options.budget }
  const store = {
    get: async (key: string): Promise<Uint8Array | undefined> =>
      readFile(join(path, key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      }),
  }
  const within = async <T>(what: string, read: () => Promise<T>): Promise<T> =>
    read().catch((error: Error) => {
      throw corrupt(path, `${what}: ${error.message}`)
    })
  const openArray = async (place: string) => zarr.open(zarr.root(store).resolve(place), { kind: 'array' })
  const found = new Map<string, Awaited<ReturnType<typeof openArray>>>()
  for (const file of files.sort()) {
    if (!['zarr.json', '.zarray'].includes(basename(file))) continue
    const place = relative(path, dirname(file)).split(sep).join('/')
    const described = await within(`"${place}"`, async () => JSON.parse(await readFile(file, 'utf8')) as unknown)
    if (basename(file) === 'zarr.json' && (described as { node_type?: unknown }).node_type !== 'array') continue
    const array = await within(`"${place}"`, () => openArray(`/${place}`))
    // Names of fixed and of free length, and objects, are no numbers.
    if (array.is('number') || array.is('bigint') || array.is('boolean'))
      found.set(place === '' ? basename(path).replace(/\.zarr$/, '') : place, array)
  }
  const file: DataFile = {
    path,
    format: 'zarr',
    names: new Map([...found].map(([name, { shape }]) => [name, shape])),
    async read(name): Promise<NdArray> {
      const array = found.get(name)
      if (array === undefined) throw unknownName(file, name)
      const { shape } = array
      checkArrayMemory(path, name, shape, elements(shape), budget)
      const chunk = await within(`"${name}"`, () => zarr.get(array))
      return { shape, data: Float64Array.from(chunk.data as ArrayLike<number | bigint | boolean>, Number) }
    },
    close: () => Promise.resolve(),
  }
  return file
}
