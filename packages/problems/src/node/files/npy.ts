import { type Watch, overBudget } from './budget.js'
import { corrupt, decodeNumbers, elements, fromColumnMajor, unsupported } from './dataFile.js'
import type { NdArray, NumberFormat } from './dataFile.js'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const latin1 = new TextDecoder('latin1')

/** The most axes that an array of NumPy has. */
const MAX_AXES = 64

/** Whether bytes begin with the signature of a .npy file. */
export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((v, i) => bytes[i] === v)

/** The header of a .npy file, and the position of its numbers. */
export type NpyHeader = {
  readonly shape: number[]
  readonly fortran: boolean
  readonly format: NumberFormat
  readonly start: number
}

/**
 * Reads the header of NumPy's .npy format: the magic bytes, a version, the length of the header, and a Python
 * dictionary with `descr`, `fortran_order` and `shape`. The dictionary is matched by patterns, never evaluated.
 *
 * @param path the name of the file in errors
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED; DATA_BUDGET for more than 64 axes, which NumPy does not write
 */
export function npyHeader(bytes: Uint8Array, path: string): NpyHeader {
  if (!isNpy(bytes) || bytes.length < 12) throw corrupt(path, 'it does not start with the header of a NumPy array')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6]!
  if (version < 1 || version > 3) throw corrupt(path, `version ${version} of the .npy format does not exist`)
  const [length, begin] = version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12]
  const start = begin + length
  if (start > bytes.length)
    throw corrupt(path, `its header declares ${length} bytes, and ${bytes.length - begin} are left`)
  const header = latin1.decode(bytes.subarray(begin, start))
  const descr = /'descr'\s*:\s*(?:'([^']*)'|\[)/.exec(header)
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)
  if (!descr || !fortran || !shape) throw corrupt(path, 'its header lacks descr, fortran_order or shape')
  const type = /^([<>|=])([a-zA-Z])(\d+)$/.exec(descr[1] ?? '')
  const kind = type && ({ f: 'float', i: 'signed', u: 'unsigned', b: 'unsigned' } as const)[type[2]!]
  if (!type || !kind)
    throw unsupported(
      path,
      `it holds values of NumPy type ${descr[1] ?? 'record'}, not real numbers`,
      'save it with .astype(float)',
    )
  const format = { kind, bytes: Number(type[3]), little: type[1] !== '>' }
  if (![1, 2, 4, 8].includes(format.bytes) || (kind === 'float' && format.bytes === 1))
    throw unsupported(path, `it holds numbers of type ${descr[1]!}`, 'save it with .astype(float)')
  const sizes = shape[1]!.split(',').filter((s) => s.trim() !== '')
  if (sizes.length > MAX_AXES)
    throw overBudget(path, 'nodes', `its array has ${sizes.length} axes`, `${MAX_AXES} axes, the most that NumPy has`)
  return { shape: sizes.map(Number), fortran: fortran[1] === 'True', format, start }
}

/**
 * Reads a .npy file; see `npyHeader`.
 *
 * @param watch called again and again while the numbers are read
 */
export function parseNpy(bytes: Uint8Array, path: string, watch: Watch = () => {}): NdArray {
  const { shape, fortran, format, start } = npyHeader(bytes, path)
  const count = elements(shape)
  const size = bytes.length - start
  if (count * format.bytes > size)
    throw corrupt(path, `an array of [${shape.join(' × ')}] needs ${count * format.bytes} bytes, and ${size} are there`)
  const data = decodeNumbers(bytes.subarray(start), count, format, watch)
  return fortran ? fromColumnMajor(shape, data, watch) : { shape, data }
}

/** Writes a .npy file, version 1, little-endian doubles. */
export const encodeNpy = (array: NdArray): Uint8Array => encodeNpyAs('<f8', array)

/** Writes a .npy file, version 1, of little-endian doubles (`<f8`) or single precision (`<f4`). */
export function encodeNpyAs(
  type: '<f8' | '<f4',
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float64Array | Float32Array },
): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]!},)` : `(${shape.join(', ')})`
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`
  // Numbers begin at a multiple of 64; the header ends with a newline.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10
  const size = type === '<f8' ? 8 : 4
  const bytes = new Uint8Array(10 + length + size * data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([...MAGIC, 1, 0])
  view.setUint16(8, length, true)
  bytes.set(new TextEncoder().encode(text.padEnd(length - 1) + '\n'), 10)
  const begin = 10 + length
  if (type === '<f8') data.forEach((v, i) => view.setFloat64(begin + 8 * i, v, true))
  else data.forEach((v, i) => view.setFloat32(begin + 4 * i, v, true))
  return bytes
}
