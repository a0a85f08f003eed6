import type { NetCDFReader } from 'netcdfjs'
import { type ReaderOptions, budgetOf, checkArrayMemory } from './budget.js'
import { type DataFile, type NdArray, corrupt, elements, unknownName } from './dataFile.js'

/** Whether bytes begin as NetCDF 3 does: `CDF`, and the version of its offsets. NetCDF 4 is HDF5. */
export const isNetcdf3 = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x43 && bytes[1] === 0x44 && bytes[2] === 0x46 && (bytes[3] === 1 || bytes[3] === 2)

/**
 * A NetCDF 3 file: its variables of numbers. A variable over the record dimension has that axis first.
 *
 * @throws DATA_CORRUPT; DATA_BUDGET for an array that needs more memory than a file of this size explains
 */
export async function netcdfFile(bytes: Uint8Array, path: string, options: ReaderOptions = {}): Promise<DataFile> {
  const { NetCDFReader: Reader } = await import('netcdfjs')
  const budget = { ...budgetOf(bytes.length), ...options.budget }
  const damaged = (what: string): never => {
    throw corrupt(path, what)
  }
  const within = <T>(what: string, read: () => T): T => {
    try {
      return read()
    } catch (error) {
      return damaged(`${what}: ${(error as Error).message}`)
    }
  }
  const reader = within('its header', (): NetCDFReader => new Reader(bytes))
  const records = reader.recordDimension.length
  const variables = new Map(
    // A file without variables has no list of them.
    (reader.variables ?? []).flatMap(({ name, type, dimensions, record }) => {
      if (type === 'char') return []
      const sizes = dimensions.map((d) => reader.dimensions[d]?.size ?? NaN)
      return [[name, { record, shape: record ? [records, ...sizes.slice(1)] : sizes }] as const]
    }),
  )
  const file: DataFile = {
    path,
    format: 'netcdf',
    names: new Map([...variables].map(([name, { shape }]) => [name, shape])),
    async read(name): Promise<NdArray> {
      const variable = variables.get(name)
      if (variable === undefined) throw unknownName(file, name)
      const { shape, record } = variable
      const count = elements(shape)
      checkArrayMemory(path, name, shape, count, budget)
      const values = within(`"${name}"`, () => reader.getDataVariable(name))
      const width = record ? elements(shape.slice(1)) : count
      // A record is padded to whole words.
      const numbers = values.flatMap((one) => (Array.isArray(one) ? one.slice(0, width) : [one])).map(Number)
      if (numbers.length !== count) damaged(`"${name}" of [${shape.join(' × ')}] gave ${numbers.length} numbers`)
      return { shape, data: Float64Array.from(numbers) }
    },
    close: () => Promise.resolve(),
  }
  return file
}
