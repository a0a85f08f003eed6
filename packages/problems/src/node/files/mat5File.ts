import { inflateSync } from 'node:zlib'
import { corrupt, decodeNumbers, elements, fromColumnMajor, unknownName, unsupported } from './dataFile.js'
import type { DataFile, NdArray, NumberFormat } from './dataFile.js'
import { mostInflated } from './zip.js'

/** Number types of data elements (miINT8 … miUINT64), as the format numbers them. */
const NUMBERS: Readonly<Record<number, Omit<NumberFormat, 'little'>>> = {
  1: { kind: 'signed', bytes: 1 },
  2: { kind: 'unsigned', bytes: 1 },
  3: { kind: 'signed', bytes: 2 },
  4: { kind: 'unsigned', bytes: 2 },
  5: { kind: 'signed', bytes: 4 },
  6: { kind: 'unsigned', bytes: 4 },
  7: { kind: 'float', bytes: 4 },
  9: { kind: 'float', bytes: 8 },
  12: { kind: 'signed', bytes: 8 },
  13: { kind: 'unsigned', bytes: 8 },
}
const MATRIX = 14
const COMPRESSED = 15

/** Classes of arrays that hold no plain numbers. */
const OTHERS: Readonly<Record<number, string>> = {
  1: 'a cell array',
  2: 'a struct',
  3: 'an object',
  4: 'text',
  5: 'a sparse matrix',
  16: 'a function',
  17: 'an object',
  18: 'an object',
}

/** Whether bytes begin as a MAT-file of level 5 does: 'MI' or 'IM' and version 1 at the end of a header of 128 bytes. */
export function isMat5(bytes: Uint8Array): boolean {
  if (bytes.length < 128) return false
  const mark = String.fromCharCode(bytes[126]!, bytes[127]!)
  return (mark === 'IM' && bytes[125] === 1) || (mark === 'MI' && bytes[124] === 1)
}

/** A data element: its type and its content. */
type Element = { readonly type: number; readonly data: Uint8Array }

/** Walks through the elements of a block. */
function* elementsOf(bytes: Uint8Array, little: boolean, path: string): Generator<Element> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw corrupt(path, `it ends ${bytes.length - at} bytes into the header of an element`)
    const first = view.getUint32(at, little)
    // Content of up to four bytes stands in the header itself, its size in the upper half of the type.
    const small = first >>> 16
    const type = small ? first & 0xffff : first
    const size = small || view.getUint32(at + 4, little)
    const start = at + (small ? 4 : 8)
    if (small > 4 || start + size > bytes.length)
      throw corrupt(path, `an element of ${size} bytes does not fit into the ${bytes.length - start} that are left`)
    yield { type, data: bytes.subarray(start, start + size) }
    at = small ? at + 8 : type === COMPRESSED ? start + size : Math.min(bytes.length, start + Math.ceil(size / 8) * 8)
  }
}

/** What the head of a matrix says; `read` decodes the numbers. */
type Matrix = { readonly name: string; readonly shape: number[]; readonly read: () => NdArray }

function matrixOf(data: Uint8Array, little: boolean, path: string): Matrix {
  const parts = elementsOf(data, little, path)
  const next = (what: string): Element => {
    const part = parts.next()
    if (part.done) throw corrupt(path, `an array lacks its ${what}`)
    return part.value
  }
  const flags = next('flags')
  if (flags.type !== 6 || flags.data.length !== 8) throw corrupt(path, 'the flags of an array are damaged')
  const word = new DataView(flags.data.buffer, flags.data.byteOffset).getUint32(0, little)
  const sizes = next('dimensions')
  if (sizes.type !== 5 || sizes.data.length % 4 !== 0 || sizes.data.length < 8 || sizes.data.length > 4 * 64)
    throw corrupt(path, 'the dimensions of an array are damaged')
  const shape = [...decodeNumbers(sizes.data, sizes.data.length / 4, { kind: 'signed', bytes: 4, little })]
  const label = next('name')
  const name = new TextDecoder('latin1').decode(label.data)
  const kind = word & 0xff
  const numbersOf = parts.next()
  const read = (): NdArray => {
    const other = OTHERS[kind]
    if (other)
      throw unsupported(path, `"${name}" is ${other}, not an array of numbers`, 'save it as a full array of doubles')
    if (kind < 6 || kind > 15) throw corrupt(path, `"${name}" is of class ${kind}, which does not exist`)
    if (word & 0x800) throw unsupported(path, `"${name}" is complex`, 'save its real and imaginary parts apart')
    if (numbersOf.done) throw corrupt(path, `"${name}" lacks its numbers`)
    const { type, data: numbers } = numbersOf.value
    const format = NUMBERS[type]
    if (!format) throw corrupt(path, `the numbers of "${name}" are of type ${type}, which does not exist`)
    const count = elements(shape)
    if (count * format.bytes !== numbers.length)
      throw corrupt(
        path,
        `"${name}" of [${shape.join(' × ')}] needs ${count * format.bytes} bytes, and ${numbers.length} are there`,
      )
    return fromColumnMajor(shape, decodeNumbers(numbers, count, { ...format, little }))
  }
  return { name, shape, read }
}

/**
 * A MAT-file of level 5 (MATLAB 5 to 7.2, `save -v6` and `-v7`, and what SciPy writes): numeric and logical arrays.
 * Structs, cells, text, complex and sparse arrays are named as what they are when asked for.
 *
 * @throws DATA_CORRUPT
 * @see "MAT-File Format", The MathWorks: level 5
 */
export function mat5File(bytes: Uint8Array, path: string): DataFile {
  const little = bytes[126] === 0x49
  const matrices = new Map<string, Matrix>()
  for (const { type, data } of elementsOf(bytes.subarray(128), little, path)) {
    let element: Element = { type, data }
    if (type === COMPRESSED) {
      let plain: Uint8Array
      try {
        plain = inflateSync(data, { maxOutputLength: Math.min(mostInflated(data.length), 2 ** 31 - 1) })
      } catch {
        throw corrupt(path, 'the compressed data of an array are damaged')
      }
      const inner = elementsOf(plain, little, path).next()
      if (inner.done) throw corrupt(path, 'a compressed array is empty')
      element = inner.value
    }
    if (element.type !== MATRIX) throw corrupt(path, `an element of type ${element.type} stands where an array should`)
    // An empty matrix element has no name and no use.
    if (element.data.length === 0) continue
    const matrix = matrixOf(element.data, little, path)
    if (matrix.name !== '') matrices.set(matrix.name, matrix)
  }
  const file: DataFile = {
    path,
    format: 'mat',
    names: new Map([...matrices].map(([name, { shape }]) => [name, shape])),
    async read(name) {
      const matrix = matrices.get(name)
      if (!matrix) throw unknownName(file, name)
      return matrix.read()
    },
    close: async () => {},
  }
  return file
}
