import { SpikewardError } from '@spikeward/core'
import { type ReaderOptions, budgetOf, checkArrayMemory } from './budget.js'
import { type DataFile, type NdArray, corrupt, elements, unknownName, unsupported } from './dataFile.js'

/** Whether bytes begin and end as a Parquet file does. */
export function isParquet(bytes: Uint8Array): boolean {
  const marked = (at: number): boolean => [0x50, 0x41, 0x52, 0x31].every((v, i) => bytes[at + i] === v)
  return bytes.length >= 12 && marked(0) && marked(bytes.length - 4)
}

/**
 * A Parquet file: a table of which each column has a name. A column of lists is an array [rows × …], and its lists must
 * have the same lengths; columns of texts can be categories. Pages may be compressed with Snappy, or not.
 *
 * @throws DATA_CORRUPT; DATA_UNSUPPORTED for lists of different lengths and other codecs; DATA_NOT_FINITE for a missing
 *   number; DATA_BUDGET for an array that needs more memory than a file of this size explains
 */
export async function parquetFile(bytes: Uint8Array, path: string, options: ReaderOptions = {}): Promise<DataFile> {
  const { parquetMetadata, parquetReadObjects, parquetSchema } = await import('hyparquet')
  const budget = { ...budgetOf(bytes.length), ...options.budget }
  const whole = new Uint8Array(bytes).buffer
  const within = async <T>(what: string, read: () => T | Promise<T>): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      const { message } = error as Error
      if (message.includes('compression codec'))
        throw unsupported(path, `${what}: ${message}`, 'write it with Snappy or without compression')
      throw corrupt(path, `${what}: ${message}`)
    }
  }
  const metadata = await within('its footer', () => parquetMetadata(whole))
  const rows = Number(metadata.num_rows)
  const columns = new Map(
    (await within('its schema', () => parquetSchema(metadata))).children.map(({ element, children }) => {
      const isText = ['UTF8', 'ENUM'].includes(element.converted_type ?? '')
      const isNumbers = children.length === 0 && element.type !== 'BYTE_ARRAY'
      return [element.name, { isText, shape: isNumbers ? [rows] : null }] as const
    }),
  )
  const valuesOf = async (name: string): Promise<readonly unknown[]> => {
    if (!columns.has(name)) throw unknownName(file, name)
    const objects = await within(`"${name}"`, () => parquetReadObjects({ file: whole, metadata, columns: [name] }))
    if (objects.length !== rows)
      throw corrupt(path, `"${name}" has ${objects.length} rows, and its footer says ${rows}`)
    return objects.map((row: Readonly<Record<string, unknown>>) => row[name])
  }
  const file: DataFile = {
    path,
    format: 'parquet',
    names: new Map([...columns].map(([name, { shape }]) => [name, shape])),
    columns: (name) => (columns.has(name) ? [name] : null),
    holdsTexts: (name) => columns.get(name)?.isText === true,
    texts: async (name) => (await valuesOf(name)).map((value) => (typeof value === 'string' ? value : '')),
    async read(name, missing = false): Promise<NdArray> {
      const checked = (shape: readonly number[]): readonly number[] => {
        checkArrayMemory(path, name, shape, elements(shape), budget)
        return shape
      }
      checked([rows])
      const values = await valuesOf(name)
      const shape = checked([rows, ...lengthsOf(values[0])])
      const data = new Float64Array(elements(shape))
      let at = 0
      const put = (value: unknown, axis: number): void => {
        if (axis < shape.length) {
          const length = Array.isArray(value) || ArrayBuffer.isView(value) ? (value as ArrayLike<unknown>).length : null
          if (length !== shape[axis])
            throw unsupported(path, `"${name}" has lists of different lengths`, 'write lists of the same lengths')
          for (const one of value as Iterable<unknown>) put(one, axis + 1)
          return
        }
        data[at] = numberOf(value, missing, path, name, at)
        at++
      }
      for (const value of values) put(value, 1)
      return { shape, data }
    },
    close: () => Promise.resolve(),
  }
  return file
}

/** The lengths of lists in lists. */
function lengthsOf(value: unknown): readonly number[] {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return []
  const list = value as ArrayLike<unknown>
  return [list.length, ...lengthsOf(list[0])]
}

function numberOf(value: unknown, missing: boolean, path: string, name: string, at: number): number {
  if (['number', 'bigint', 'boolean'].includes(typeof value)) return Number(value)
  if (value === null || value === undefined) {
    if (missing) return NaN
    throw new SpikewardError(
      'DATA_NOT_FINITE',
      `${path}: "${name}" lacks its value ${at + 1}; fill it in, or leave the row out`,
    )
  }
  throw unsupported(path, `"${name}" holds no numbers`, 'name a column of numbers')
}
