import { SpikewardError } from '@spikeward/core'
import { type Watch, LOOK } from './budget.js'

/** An array in double precision, row-major for any order in the file. */
export type NdArray = { readonly shape: readonly number[]; readonly data: Float64Array }

/** A file with named arrays. */
export interface DataFile {
  readonly path: string
  /** 'npy', 'npz', 'mat', 'hdf5', 'netcdf', 'zarr', 'parquet' or 'csv'. */
  readonly format: string
  /** The names of the arrays that can be read, with the shape if it is known. */
  readonly names: ReadonlyMap<string, readonly number[] | null>
  /**
   * Of a table: the titles of the columns that `read` would read under a name, in this order; null if there are none.
   * Absent: it is no table.
   */
  columns?(name: string): readonly string[] | null
  /** Of a table: the fields of a column as they are written. */
  texts?(column: string): Promise<readonly string[]>
  /** Of a table: whether a column has texts and no number. */
  holdsTexts?(column: string): boolean
  /**
   * @param missing whether a missing value of a table is read as NaN; default false: it is an error
   * @throws DATA_NAME_UNKNOWN, DATA_UNSUPPORTED, DATA_CORRUPT; DATA_NOT_FINITE
   */
  read(name: string, missing?: boolean): Promise<NdArray>
  close(): Promise<void>
}

/** The number format of an array in a file. */
export type NumberFormat = {
  readonly kind: 'float' | 'signed' | 'unsigned'
  readonly bytes: number
  readonly little: boolean
}

/** The error for a file that is damaged or of another format. */
export const corrupt = (path: string, what: string): SpikewardError =>
  new SpikewardError(
    'DATA_CORRUPT',
    `${path}: ${what}; the file is truncated or damaged, or of another format; copy or export it again`,
  )

/** The error for valid content that this reader does not support. */
export const unsupported = (path: string, what: string, remedy: string): SpikewardError =>
  new SpikewardError('DATA_UNSUPPORTED', `${path}: ${what}; ${remedy}`)

/** A name in an error: a file may hold one of 64 KiB. */
export const shortName = (name: string): string => (name.length > 80 ? `${name.slice(0, 80)}…` : name)

/** The error for a name that is not in a file. */
export const unknownName = (file: Pick<DataFile, 'path' | 'names'>, name: string): SpikewardError => {
  const known = [...file.names].slice(0, 40).map(([n, shape]) => {
    const short = shortName(n)
    return shape ? `${short} [${shape.join(' × ')}]` : short
  })
  const list = known.length === 0 ? 'no arrays of numbers' : known.join(', ')
  const more = file.names.size > 40 ? `, and ${file.names.size - 40} more` : ''
  return new SpikewardError('DATA_NAME_UNKNOWN', `${file.path} has no array "${name}"; it has: ${list}${more}`)
}

/** The product of a shape, or Infinity if a size is not a whole number or the product exceeds exact integers. */
export function elements(shape: readonly number[]): number {
  let n = 1
  for (const d of shape) {
    if (!Number.isSafeInteger(d) || d < 0) return Infinity
    n *= d
  }
  return Number.isSafeInteger(n) ? n : Infinity
}

/**
 * Numbers of any format as doubles. Integers of 64 bits are rounded to the nearest double.
 *
 * @param watch called before each block of 65,536 numbers
 */
export function decodeNumbers(
  bytes: Uint8Array,
  count: number,
  { kind, bytes: size, little }: NumberFormat,
  watch: Watch = () => {},
): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Float64Array(count)
  const get = getter(view, kind, size, little)
  for (let i = 0; i < count; ) {
    watch()
    for (const end = Math.min(count, i + LOOK); i < end; i++) out[i] = get(i * size)
  }
  return out
}

function getter(view: DataView, kind: NumberFormat['kind'], size: number, little: boolean): (at: number) => number {
  switch (`${kind}${size}`) {
    case 'float8':
      return (at) => view.getFloat64(at, little)
    case 'float4':
      return (at) => view.getFloat32(at, little)
    case 'float2':
      return (at) => half(view.getUint16(at, little))
    case 'signed1':
      return (at) => view.getInt8(at)
    case 'signed2':
      return (at) => view.getInt16(at, little)
    case 'signed4':
      return (at) => view.getInt32(at, little)
    case 'signed8':
      return (at) => Number(view.getBigInt64(at, little))
    case 'unsigned1':
      return (at) => view.getUint8(at)
    case 'unsigned2':
      return (at) => view.getUint16(at, little)
    case 'unsigned4':
      return (at) => view.getUint32(at, little)
    case 'unsigned8':
      return (at) => Number(view.getBigUint64(at, little))
    default:
      throw new SpikewardError('DATA_UNSUPPORTED', `${kind} numbers of ${size} bytes; export as double`)
  }
}

/** IEEE half precision: sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

/**
 * An array whose first axis runs fastest (Fortran, MATLAB), as a row-major one.
 *
 * @param watch as in {@link decodeNumbers}
 */
export function fromColumnMajor(shape: readonly number[], data: Float64Array, watch: Watch = () => {}): NdArray {
  if (shape.filter((d) => d > 1).length < 2) return { shape, data }
  const out = new Float64Array(data.length)
  const strides: number[] = []
  let stride = 1
  for (const d of shape) {
    strides.push(stride)
    stride *= d
  }
  const index = shape.map(() => 0)
  let from = 0
  for (let i = 0; i < out.length; i++) {
    if (i % LOOK === 0) watch()
    out[i] = data[from]!
    for (let a = shape.length - 1; a >= 0; a--) {
      index[a]!++
      from += strides[a]!
      if (index[a]! < shape[a]!) break
      from -= index[a]! * strides[a]!
      index[a] = 0
    }
  }
  return { shape, data: out }
}
