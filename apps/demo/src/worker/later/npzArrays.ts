import { SpikewardError } from '@spikeward/core'
import type { NamedArray } from '@spikeward/problems'

/** How numbers of NumPy are read, by their type; `true` is little-endian, as NumPy writes on every common machine. */
const numbers: Readonly<Record<string, readonly [bytes: number, read: (view: DataView, at: number) => number]>> = {
  '<f8': [8, (view, at) => view.getFloat64(at, true)],
  '<f4': [4, (view, at) => view.getFloat32(at, true)],
  '<i8': [8, (view, at) => Number(view.getBigInt64(at, true))],
  '<i4': [4, (view, at) => view.getInt32(at, true)],
  '|u1': [1, (view, at) => view.getUint8(at)],
  '|b1': [1, (view, at) => view.getUint8(at)],
}

const damaged = (what: string): SpikewardError =>
  new SpikewardError('DATA_CORRUPT', `the .npz file ${what}; write it with numpy.savez from arrays of numbers`)

const latin1 = new TextDecoder('latin1')

/** The array of a .npy file. */
function arrayOf(name: string, bytes: Uint8Array): NamedArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLong = bytes[6] !== 1
  const begin = isLong ? 12 : 10
  const start = begin + (isLong ? view.getUint32(8, true) : view.getUint16(8, true))
  const header = latin1.decode(bytes.subarray(begin, start))
  const [, type = ''] = /'descr': '([^']*)'/.exec(header) ?? []
  const [, sizes] = /'shape': \(([\d, ]*)\)/.exec(header) ?? []
  const number = numbers[type]
  if (number === undefined || sizes === undefined || header.includes("'fortran_order': True"))
    throw damaged(`has an array "${name}" that is not of real numbers in the order of C`)
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]))
  const [size, read] = number
  const count = shape.reduce((a, b) => a * b, 1)
  if (start + count * size > bytes.length) throw damaged(`ends within "${name}"`)
  return { name, shape, data: Float64Array.from({ length: count }, (_, i) => read(view, start + i * size)) }
}

/**
 * The arrays of a .npz file, by name: a zip archive of .npy files, stored or deflated.
 *
 * @throws DATA_CORRUPT
 */
export async function npzArrays(bytes: Uint8Array<ArrayBuffer>): Promise<ReadonlyMap<string, NamedArray>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.length - 22
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0) throw damaged('is no zip archive')
  const arrays = new Map<string, NamedArray>()
  let at = view.getUint32(end + 16, true)
  for (let i = view.getUint16(end + 10, true); i > 0; i--) {
    const [method, size, local] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]
    const [title, extra, note] = [28, 30, 32].map((part) => view.getUint16(at + part, true)) as [number, number, number]
    const name = latin1.decode(bytes.subarray(at + 46, at + 46 + title)).replace(/\.npy$/, '')
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    const content = bytes.subarray(start, start + size)
    const unpacked = new Response(
      method === 0 ? content : new Blob([content]).stream().pipeThrough(new DecompressionStream('deflate-raw')),
    )
    arrays.set(name, arrayOf(name, new Uint8Array(await unpacked.arrayBuffer())))
    at += 46 + title + extra + note
  }
  return arrays
}
