import { constants, inflateSync } from 'node:zlib'
import { corrupt, decodeNumbers, elements, fromColumnMajor, unknownName, unsupported } from './dataFile.js'
import type { DataFile, NdArray, NumberFormat } from './dataFile.js'
import { budgetOf, checkArrayMemory, maxInflated, overBudget, watchSeconds } from './budget.js'
import type { Budget, ReaderOptions, Watch } from './budget.js'

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

/**
 * Whether bytes begin as a MAT-file of level 5 does: 'MI' or 'IM' and version 1 at the end of a header of 128 bytes.
 */
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
    // Content of up to four bytes is in the header itself, its size in the upper half of the type.
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

/**
 * Most characters of a name; MATLAB allows 63. All names of a file are in memory, and a compressed file may hold long
 * ones.
 */
const NAME = 255

/** The head of a matrix. */
type Head = { readonly name: string; readonly shape: number[]; readonly kind: number; readonly complex: boolean }

/** Reads the head of a matrix from its first sub-elements, and returns the iterator, positioned before the numbers. */
function headOf(data: Uint8Array, little: boolean, path: string): { head: Head; rest: Generator<Element> } {
  const rest = elementsOf(data, little, path)
  const next = (what: string): Element => {
    const part = rest.next()
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
  const text = next('name').data
  if (text.length > NAME) throw corrupt(path, `the name of an array has ${text.length} characters, more than ${NAME}`)
  const name = new TextDecoder('latin1').decode(text)
  return { head: { name, shape, kind: word & 0xff, complex: (word & 0x800) !== 0 }, rest }
}

/** The numbers of a whole matrix. */
function numbersOf(data: Uint8Array, little: boolean, path: string, budget: Budget, watch: Watch): NdArray {
  const { head, rest } = headOf(data, little, path)
  const { name, shape, kind, complex } = head
  const other = OTHERS[kind]
  if (other)
    throw unsupported(path, `"${name}" is ${other}, not an array of numbers`, 'save it as a full array of doubles')
  if (kind < 6 || kind > 15) throw corrupt(path, `"${name}" is of class ${kind}, which does not exist`)
  if (complex) throw unsupported(path, `"${name}" is complex`, 'save its real and imaginary parts separately')
  const part = rest.next()
  if (part.done) throw corrupt(path, `"${name}" lacks its numbers`)
  const { type, data: numbers } = part.value
  const format = NUMBERS[type]
  if (!format) throw corrupt(path, `the numbers of "${name}" are of type ${type}, which does not exist`)
  const count = elements(shape)
  if (count * format.bytes !== numbers.length)
    throw corrupt(
      path,
      `"${name}" of [${shape.join(' × ')}] needs ${count * format.bytes} bytes, and ${numbers.length} are there`,
    )
  checkArrayMemory(path, name, shape, count, budget)
  return fromColumnMajor(shape, decodeNumbers(numbers, count, { ...format, little }, watch), watch)
}

/** Compressed bytes that hold the head of a matrix. */
const HEAD = 1024

/** The most bytes that Node unpacks at once. */
const LARGEST = 2 ** 31 - 1

/** Unpacks at most `most` bytes of zlib data; `whole`: all of it, with its checksum; otherwise a beginning. */
function inflate(data: Uint8Array, most: number, whole: boolean, path: string): Uint8Array {
  try {
    return inflateSync(data, {
      maxOutputLength: Math.min(most, LARGEST),
      ...(whole ? {} : { finishFlush: constants.Z_SYNC_FLUSH }),
    })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw overBudget(path, 'memory', `an array of more than ${LARGEST} bytes`, `${LARGEST} bytes`)
    throw corrupt(path, 'the compressed data of an array are damaged')
  }
}

/** The content of the matrix element that `bytes` begin with; `partial`: as much of it as there is. */
function matrixIn(bytes: Uint8Array, partial: boolean, little: boolean, path: string): Uint8Array {
  if (bytes.length < 8) throw corrupt(path, 'a compressed array is empty')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [type, size] = [view.getUint32(0, little), view.getUint32(4, little)]
  if (type !== MATRIX) throw corrupt(path, `an element of type ${type} instead of an array`)
  if (!partial && 8 + size > bytes.length)
    throw corrupt(path, `an array of ${size} bytes does not fit into the ${bytes.length - 8} that are left`)
  return bytes.subarray(8, Math.min(bytes.length, 8 + size))
}

/** Options of {@link mat5File}. */
export type Mat5Options = ReaderOptions & {
  /** Called with the number of bytes that each call of zlib gave: what reading costs. */
  readonly onInflate?: (bytes: number) => void
}

/**
 * A MAT-file of level 5 (MATLAB 5 to 7.2, `save -v6` and `-v7`, and what SciPy writes): numeric and logical arrays.
 * Reading a struct, cell, text, complex or sparse array throws an error that names its kind.
 *
 * Opening it unpacks the first 1024 bytes of each compressed array, which hold its name and shape; an array is unpacked
 * when it is read.
 *
 * @throws DATA_CORRUPT; DATA_BUDGET for more arrays, time or memory than a file of this size explains
 * @see "MAT-File Format", The MathWorks: level 5
 */
export function mat5File(bytes: Uint8Array, path: string, { onInflate, ...options }: Mat5Options = {}): DataFile {
  const little = bytes[126] === 0x49
  const budget: Budget = { ...budgetOf(bytes.length), ...options.budget }
  const watch = watchSeconds(path, budget, options.clock)
  const unpack = (data: Uint8Array, most: number, whole: boolean): Uint8Array => {
    const plain = inflate(data, most, whole, path)
    onInflate?.(plain.length)
    return plain
  }
  const matrices = new Map<string, Head & { readonly content: () => Uint8Array }>()
  let count = 0
  for (const { type, data } of elementsOf(bytes.subarray(128), little, path)) {
    if (++count > budget.nodes)
      throw overBudget(path, 'nodes', `more than ${budget.nodes} arrays`, `${budget.nodes} arrays`)
    watch()
    const compressed = type === COMPRESSED
    if (!compressed && type !== MATRIX) throw corrupt(path, `an element of type ${type} instead of an array`)
    const begin = compressed
      ? matrixIn(
          unpack(data.subarray(0, HEAD), maxInflated(HEAD), data.length <= HEAD),
          data.length > HEAD,
          little,
          path,
        )
      : data
    // An empty matrix element has no name.
    if (begin.length === 0) continue
    const { head } = headOf(begin, little, path)
    const content = (): Uint8Array => {
      if (!compressed) return data
      return matrixIn(unpack(data, maxInflated(data.length), true), false, little, path)
    }
    if (head.name !== '') matrices.set(head.name, { ...head, content })
  }
  const file: DataFile = {
    path,
    format: 'mat',
    names: new Map([...matrices].map(([name, { shape }]) => [name, shape])),
    async read(name) {
      const matrix = matrices.get(name)
      if (!matrix) throw unknownName(file, name)
      return numbersOf(matrix.content(), little, path, budget, watchSeconds(path, budget, options.clock))
    },
    close: async () => {},
  }
  return file
}
