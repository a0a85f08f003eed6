import { crc32, inflateRawSync } from 'node:zlib'
import { corrupt, unsupported } from './dataFile.js'

/** Whether bytes begin as a zip archive does (with an entry, or with the end of an empty one). */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))

/** Deflate shrinks by a factor of 1032 at the most: an entry that claims more is not believed. */
export const mostInflated = (compressed: number): number => 1032 * compressed + 1024

type Entry = { method: number; flags: number; crc: number; compressed: number; size: number; local: number }

const ALL_32 = 0xffffffff

/**
 * The entries of a zip archive, by the directory at its end; each is unpacked, and its checksum compared, when asked for.
 * Stored and deflated entries are read, also of archives with 64-bit sizes (as NumPy writes them).
 *
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED
 */
export function readZip(bytes: Uint8Array, path: string): Map<string, () => Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  if (end < 0) throw corrupt(path, 'the directory at the end of the archive is missing')
  let count = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true)
  if (count === 0xffff || at === ALL_32) {
    const big =
      end >= 20 && view.getUint32(end - 20, true) === 0x07064b50 ? Number(view.getBigUint64(end - 12, true)) : -1
    if (big < 0 || big + 56 > bytes.length || view.getUint32(big, true) !== 0x06064b50)
      throw corrupt(path, 'the 64-bit directory of the archive is missing')
    count = Number(view.getBigUint64(big + 32, true))
    at = Number(view.getBigUint64(big + 48, true))
  }
  const entries = new Map<string, () => Uint8Array>()
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50)
      throw corrupt(path, `entry ${i} of its directory is damaged`)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) => view.getUint16(at + o, true)) as [
      number,
      number,
      number,
    ]
    const after = at + 46 + nameLength
    if (after + extraLength + commentLength > bytes.length)
      throw corrupt(path, `entry ${i} of its directory is damaged`)
    const name = new TextDecoder().decode(bytes.subarray(at + 46, after))
    const entry: Entry = {
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      local: view.getUint32(at + 42, true),
    }
    widen(entry, view, after, after + extraLength)
    entries.set(name, () => unpack(bytes, view, entry, `${path}, entry ${name}`))
    at = after + extraLength + commentLength
  }
  return entries
}

/** The end record: at the very end, or before a comment of up to 65535 bytes. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= 0 && at >= view.byteLength - 22 - 0xffff; at--)
    if (view.getUint32(at, true) === 0x06054b50) return at
  return -1
}

/** Takes 64-bit sizes from the extra field, where the 32-bit ones say that they stand there. */
function widen(entry: Entry, view: DataView, from: number, to: number): void {
  for (let at = from; at + 4 <= to; ) {
    const id = view.getUint16(at, true)
    const next = at + 4 + view.getUint16(at + 2, true)
    if (id === 1) {
      let place = at + 4
      for (const field of ['size', 'compressed', 'local'] as const)
        if (entry[field] === ALL_32 && place + 8 <= Math.min(next, to)) {
          entry[field] = Number(view.getBigUint64(place, true))
          place += 8
        }
    }
    at = next
  }
}

function unpack(bytes: Uint8Array, view: DataView, entry: Entry, what: string): Uint8Array {
  const { local, compressed, size } = entry
  if (entry.flags & 1) throw unsupported(what, 'it is encrypted', 'save it without a password')
  if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50)
    throw corrupt(what, 'its local header is damaged')
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (start + compressed > bytes.length)
    throw corrupt(what, `it needs ${compressed} bytes, and ${Math.max(0, bytes.length - start)} are there`)
  const packed = bytes.subarray(start, start + compressed)
  let plain = packed
  if (entry.method === 8) {
    if (size > mostInflated(compressed)) throw corrupt(what, `${compressed} bytes cannot hold ${size}`)
    try {
      plain = inflateRawSync(packed, { maxOutputLength: Math.max(1, size) })
    } catch {
      throw corrupt(what, 'its compressed data are damaged')
    }
  } else if (entry.method !== 0) {
    throw unsupported(what, `compression method ${entry.method}`, 'save it with numpy.savez or numpy.savez_compressed')
  }
  if (plain.length !== size) throw corrupt(what, `${size} bytes were expected, and ${plain.length} found`)
  if (crc32(plain) !== entry.crc) throw corrupt(what, 'its checksum is wrong')
  return plain
}

/** Writes a zip archive of entries that are stored, not compressed; no entry and no archive of 4 GiB or more. */
export function encodeZip(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, content] of entries) {
    const label = new TextEncoder().encode(name)
    const header = (central: boolean): Uint8Array => {
      const head = new Uint8Array((central ? 46 : 30) + label.length)
      const view = new DataView(head.buffer)
      view.setUint32(0, central ? 0x02014b50 : 0x04034b50, true)
      const at = central ? 6 : 4
      if (central) view.setUint16(4, 20, true)
      view.setUint16(at, 20, true)
      // 1 January 1980: the same content gives the same bytes.
      view.setUint16(at + 8, 0x21, true)
      view.setUint32(at + 10, crc32(content), true)
      view.setUint32(at + 14, content.length, true)
      view.setUint32(at + 18, content.length, true)
      view.setUint16(at + 22, label.length, true)
      if (central) view.setUint32(42, offset, true)
      head.set(label, central ? 46 : 30)
      return head
    }
    directory.push(header(true))
    const local = header(false)
    parts.push(local, content)
    offset += local.length + content.length
  }
  const end = new Uint8Array(22)
  const view = new DataView(end.buffer)
  view.setUint32(0, 0x06054b50, true)
  view.setUint16(8, entries.size, true)
  view.setUint16(10, entries.size, true)
  view.setUint32(
    12,
    directory.reduce((n, d) => n + d.length, 0),
    true,
  )
  view.setUint32(16, offset, true)
  return Buffer.concat([...parts, ...directory, end])
}
