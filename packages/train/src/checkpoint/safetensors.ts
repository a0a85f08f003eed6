import { SpikewardError, bytesOf, hostArray, isRecord, parseJson, sizeOf } from '@spikeward/core'
import type { DType, Shape, TypedArray } from '@spikeward/core'
import { sha256 as hash } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/**
 * SHA-256 of `bytes` as 64 hexadecimal digits.
 *
 * Synchronous, and independent of the platform's own crypto: a page outside a secure context has no `crypto.subtle`,
 * and a checkpoint must be checked there as well.
 *
 * @see FIPS 180-4
 */
export const sha256 = (bytes: Uint8Array): string => bytesToHex(hash(bytes))

/** A tensor on the host, as a file stores it. */
export type HostTensor = { readonly dtype: DType; readonly shape: Shape; readonly data: TypedArray }

/** The content of a safetensors file: named tensors, and named strings as metadata. */
export type SafetensorsFile = {
  readonly tensors: ReadonlyMap<string, HostTensor>
  readonly metadata: ReadonlyMap<string, string>
}

const toFormat = { f32: 'F32', f64: 'F64', i32: 'I32', u32: 'U32', bool: 'BOOL' } as const satisfies Record<
  DType,
  string
>
const fromFormat = new Map(Object.entries(toFormat).map(([dtype, name]) => [name as string, dtype as DType]))

/** Integers of 64 bits, which other programs write, are read as numbers of the same value. */
const WIDE = 'I64'

/** Bytes of one element in the file: the same as in memory, except that a `bool` takes one byte. */
const fileBytes = (dtype: DType): number => (dtype === 'bool' ? 1 : bytesOf(dtype))

const HEADER_LIMIT = 100_000_000
const NO_SUM = '0'.repeat(64)
/** The beginning of every header of this library; the 64 digits that follow are the checksum. */
const SUM_PREFIX = '{"__metadata__":{"sha256":"'
const SUM_AT = 8 + SUM_PREFIX.length

function writeElements(view: DataView, at: number, { dtype, data }: HostTensor): void {
  for (let i = 0; i < data.length; i++) {
    if (dtype === 'f32') view.setFloat32(at + 4 * i, data[i]!, true)
    else if (dtype === 'f64') view.setFloat64(at + 8 * i, data[i]!, true)
    else if (dtype === 'i32') view.setInt32(at + 4 * i, data[i]!, true)
    else if (dtype === 'u32') view.setUint32(at + 4 * i, data[i]!, true)
    else view.setUint8(at + i, data[i] === 0 ? 0 : 1)
  }
}

function readElements(view: DataView, at: number, { name, dtype, wide, shape }: Slot): TypedArray {
  const size = sizeOf(shape)
  const data = hostArray(dtype, size)
  for (let i = 0; i < size; i++) {
    if (wide) data[i] = exactly(view.getBigInt64(at + 8 * i, true), name)
    else if (dtype === 'f32') data[i] = view.getFloat32(at + 4 * i, true)
    else if (dtype === 'f64') data[i] = view.getFloat64(at + 8 * i, true)
    else if (dtype === 'i32') data[i] = view.getInt32(at + 4 * i, true)
    else if (dtype === 'u32') data[i] = view.getUint32(at + 4 * i, true)
    else {
      const byte = view.getUint8(at + i)
      if (byte > 1) throw corrupt(`the boolean tensor '${name}' holds the byte ${byte}`)
      data[i] = byte
    }
  }
  return data
}

function exactly(value: bigint, name: string): number {
  if (BigInt.asIntN(54, value) === value) return Number(value)
  throw corrupt(`tensor '${name}' holds the integer ${value}, of more than 53 bits`)
}

/** Limits a description to 400 characters: parts of it come from the file and may be megabytes long. */
const shortened = (what: string): string => (what.length > 400 ? `${what.slice(0, 400)}…` : what)

const corrupt = (what: string): SpikewardError =>
  new SpikewardError(
    'CHECKPOINT_CORRUPT',
    `${shortened(what)}; the file was altered, or is of another format; use an intact copy`,
  )

const truncated = (what: string): SpikewardError =>
  new SpikewardError(
    'CHECKPOINT_TRUNCATED',
    `${shortened(what)}; the file was not written to its end, or was copied in part; use an intact copy`,
  )

/**
 * Writes tensors in the safetensors format: u64 length of the header, JSON header, elements (little-endian, in the
 * order of the map). The metadata entry `sha256` is the digest of the whole file with these 64 digits set to `0`.
 *
 * The same content gives the same bytes.
 *
 * @throws SHAPE_MISMATCH if a tensor's shape and number of elements differ; INVALID_OPTION for a reserved name
 * @see https://huggingface.co/docs/safetensors; to other readers it is an ordinary file with one more metadata entry
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  let end = 0
  const entries: string[] = []
  for (const [name, t] of tensors) {
    if (name === '__metadata__')
      throw new SpikewardError(
        'INVALID_OPTION',
        `a tensor named '__metadata__'; the format reserves that name; rename the tensor`,
      )
    if (t.data.length !== sizeOf(t.shape)) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `tensor '${name}' of shape [${t.shape.join(', ')}] holds ${t.data.length} elements, but the shape has ${sizeOf(t.shape)}; give as many`,
      )
    }
    const begin = end
    end += t.data.length * fileBytes(t.dtype)
    entries.push(
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: toFormat[t.dtype], shape: t.shape, data_offsets: [begin, end] })}`,
    )
  }
  if (metadata.has('sha256'))
    throw new SpikewardError(
      'INVALID_OPTION',
      `a metadata entry named 'sha256'; that name is reserved for the checksum; rename the entry`,
    )
  const text = [...metadata].map(([k, v]) => `,${JSON.stringify(k)}:${JSON.stringify(v)}`).join('')
  const header = new TextEncoder().encode(`${[`${SUM_PREFIX}${NO_SUM}"${text}}`, ...entries].join(',')}}`)
  const length = Math.ceil(header.length / 8) * 8
  const bytes = new Uint8Array(8 + length + end)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(length), true)
  bytes.set(header, 8)
  bytes.fill(0x20, 8 + header.length, 8 + length)
  let at = 8 + length
  for (const t of tensors.values()) {
    writeElements(view, at, t)
    at += t.data.length * fileBytes(t.dtype)
  }
  bytes.set(new TextEncoder().encode(sha256(bytes)), SUM_AT)
  return bytes
}

/** Options of {@link decodeSafetensors}. */
export type DecodeOptions = {
  /** `required`: a file without this library's checksum throws; `optional` (default): it is read. */
  readonly checksum?: 'required' | 'optional'
}

/**
 * Reads a safetensors file and checks everything in it: lengths, JSON, element types, shapes, offsets (in bounds, no
 * overlap, no gap, no trailing bytes), and the checksum over every byte if the file has one.
 *
 * Integers of 64 bits (`I64`) become `f64`.
 *
 * @throws CHECKPOINT_TRUNCATED if bytes are missing at the end; CHECKPOINT_CORRUPT for every other fault
 */
export function decodeSafetensors(bytes: Uint8Array, { checksum = 'optional' }: DecodeOptions = {}): SafetensorsFile {
  if (bytes.length < 8) throw truncated(`a safetensors file of ${bytes.length} bytes; its length field alone takes 8`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = Number(view.getBigUint64(0, true))
  if (length > HEADER_LIMIT)
    throw corrupt(`a safetensors header that claims ${length} bytes (at most ${HEADER_LIMIT} are allowed)`)
  if (8 + length > bytes.length) throw truncated(`a safetensors header of ${length} bytes in a file of ${bytes.length}`)
  const header = parseHeader(bytes.subarray(8, 8 + length))
  const body = bytes.length - 8 - length
  const slots = header.entries.map(([name, entry]) => readSlot(name, entry, body))
  checkLayout(slots, body)
  if (checkSum(bytes, header.metadata, checksum)) header.metadata.delete('sha256')
  const tensors = new Map<string, HostTensor>()
  for (const slot of slots) {
    const { name, dtype, shape, begin } = slot
    tensors.set(name, { dtype, shape, data: readElements(view, 8 + length + begin, slot) })
  }
  return { tensors, metadata: header.metadata }
}

type Slot = {
  readonly name: string
  readonly dtype: DType
  /** Whether the file holds integers of 64 bits, which are read as `f64`. */
  readonly wide: boolean
  readonly shape: Shape
  readonly begin: number
  readonly end: number
}

function parseHeader(bytes: Uint8Array): { metadata: Map<string, string>; entries: [string, unknown][] } {
  let parsed: unknown
  try {
    parsed = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new SpikewardError(
      'CHECKPOINT_CORRUPT',
      'the header of a safetensors file is not JSON in UTF-8, or names a tensor twice; the file was altered or is of another format',
      { cause },
    )
  }
  if (!isRecord(parsed)) throw corrupt('the header of a safetensors file is not a JSON object')
  const metadata = new Map<string, string>()
  const entries: [string, unknown][] = []
  for (const [name, value] of Object.entries(parsed)) {
    if (name !== '__metadata__') {
      entries.push([name, value])
      continue
    }
    if (!isRecord(value)) throw corrupt('__metadata__ is not a JSON object')
    for (const [k, v] of Object.entries(value)) {
      if (typeof v !== 'string') throw corrupt(`the metadata entry '${k}' is not a string`)
      metadata.set(k, v)
    }
  }
  return { metadata, entries }
}

const isCount = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0

function readSlot(name: string, entry: unknown, body: number): Slot {
  if (!isRecord(entry)) throw corrupt(`the entry of tensor '${name}' is not a JSON object`)
  const wide = entry['dtype'] === WIDE
  const dtype = wide ? 'f64' : typeof entry['dtype'] === 'string' ? fromFormat.get(entry['dtype']) : undefined
  if (dtype === undefined) {
    throw corrupt(
      `tensor '${name}' has the element type ${JSON.stringify(entry['dtype'])}; supported are ${[...fromFormat.keys(), WIDE].join(', ')}`,
    )
  }
  const shape: unknown = entry['shape']
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw corrupt(`tensor '${name}' has the shape ${JSON.stringify(shape)}`)
  const offsets: unknown = entry['data_offsets']
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw corrupt(`tensor '${name}' has the offsets ${JSON.stringify(offsets)}`)
  }
  const [begin, end] = offsets as [number, number]
  const expected = sizeOf(shape) * fileBytes(dtype)
  if (end - begin !== expected)
    throw corrupt(
      `tensor '${name}' of ${dtype}[${shape.join(',')}] takes ${expected} bytes, but its offsets span ${end - begin}`,
    )
  if (end > body) throw truncated(`tensor '${name}' ends at byte ${end} of a body of ${body} bytes`)
  return { name, dtype, wide, shape, begin, end }
}

function checkLayout(slots: readonly Slot[], body: number): void {
  let at = 0
  for (const s of [...slots].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (s.begin < at) throw corrupt(`tensor '${s.name}' overlaps the one before it`)
    if (s.begin > at) throw corrupt(`${s.begin - at} bytes before tensor '${s.name}' belong to no tensor`)
    at = s.end
  }
  if (at !== body) throw corrupt(`${body - at} trailing bytes belong to no tensor`)
}

/** Whether the file has this library's checksum. Throws if the checksum is wrong, or required and missing. */
function checkSum(bytes: Uint8Array, metadata: ReadonlyMap<string, string>, rule: 'required' | 'optional'): boolean {
  const ours = new TextDecoder().decode(bytes.subarray(8, SUM_AT)) === SUM_PREFIX
  const stated = ours ? metadata.get('sha256') : undefined
  if (stated === undefined) {
    if (rule === 'optional') return false
    throw corrupt('the file has no checksum')
  }
  const copy = bytes.slice()
  copy.set(new TextEncoder().encode(NO_SUM), SUM_AT)
  const sum = sha256(copy)
  if (sum !== stated)
    throw corrupt(
      `the checksum in the file is ${stated.slice(0, 12)}…, but that of its content is ${sum.slice(0, 12)}…`,
    )
  return true
}
