import { SpikewardError } from '@spikeward/core'
import type { FileEntry } from '@zip.js/zip.js/lib/zip-core-native.js'
import { type Budget, budgetOf, maxInflated, overBudget, watchSeconds } from './budget.js'
import { corrupt, shortName, unsupported } from './dataFile.js'

/** Loaded when an archive is read or written: it has forty modules, which most programs never use. */
const zipLibrary = () => import('@zip.js/zip.js/lib/zip-core-native.js')

type ZipLibrary = Awaited<ReturnType<typeof zipLibrary>>

/** An entry of a zip archive; it is unpacked when it is read. */
export type ZipEntry = {
  /** Bytes of its content, as the archive states them. */
  readonly size: number
  /** The whole content, its checksum compared. */
  read(): Promise<Uint8Array>
  /** The first bytes of the content, at least `count` if there are as many. No checksum is compared. */
  head(count: number): Promise<Uint8Array>
}

/** Whether bytes begin as a zip archive does (with an entry, or with the end of an empty one). */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))

/** Bytes of a local header without its name: two records are never closer. */
const LOCAL_HEADER = 30

/**
 * The entries of a zip archive, by the directory at its end. Stored and deflated entries are read, also of archives
 * with 64-bit sizes (as NumPy writes them). Entries that share bytes are refused: with them a small file could unpack
 * to any size.
 *
 * @param path the name of the file in errors
 * @throws DATA_CORRUPT, DATA_UNSUPPORTED; DATA_BUDGET for more entries than `budget.nodes`, entries that share bytes,
 *   and entries that claim more than deflate can hold or take longer than `budget.seconds`
 */
export async function readZip(
  bytes: Uint8Array,
  path: string,
  budget: Budget = budgetOf(bytes.length),
  clock?: () => number,
): Promise<Map<string, ZipEntry>> {
  const library = await zipLibrary()
  const files: FileEntry[] = []
  const watch = watchSeconds(path, budget, clock)
  let count = 0
  try {
    for await (const entry of new library.ZipReader(new library.Uint8ArrayReader(bytes), {
      useWebWorkers: false,
    }).getEntriesGenerator()) {
      if (++count > budget.nodes)
        throw overBudget(path, 'nodes', `more than ${budget.nodes} entries`, `${budget.nodes} entries`)
      watch()
      if (!entry.directory) files.push(entry)
    }
  } catch (cause) {
    if (cause instanceof SpikewardError) throw cause
    throw corrupt(path, `its directory cannot be read (${messageOf(cause)})`)
  }
  const names = new Set<string>()
  for (const { filename } of files) {
    if (names.has(filename)) throw corrupt(path, `two of its entries have the name "${shortName(filename)}"`)
    names.add(filename)
  }
  const byPlace = [...files].sort((a, b) => a.offset - b.offset)
  for (const [i, { offset, compressedSize, filename }] of byPlace.entries()) {
    const next = byPlace[i + 1]
    if (next !== undefined && next.offset < offset + LOCAL_HEADER + compressedSize)
      throw overBudget(
        path,
        'memory',
        `its entries "${shortName(filename)}" and "${shortName(next.filename)}" share the same bytes, and could unpack to any size`,
        `${budget.memory} bytes`,
      )
  }
  return new Map(
    files.map((file) => [
      file.filename,
      entryOf(library, file, `${path}, entry ${shortName(file.filename)}`, budget, clock),
    ]),
  )
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

function entryOf(library: ZipLibrary, file: FileEntry, path: string, budget: Budget, clock?: () => number): ZipEntry {
  const size = file.uncompressedSize
  /** Unpacks until `limit` bytes are there. */
  const unpack = async (limit: number, checkSignature: boolean): Promise<Uint8Array> => {
    if (file.encrypted) throw unsupported(path, 'it is encrypted', 'save it without a password')
    if (size > maxInflated(file.compressedSize))
      throw overBudget(
        path,
        'memory',
        `${file.compressedSize} bytes of it cannot hold ${size}`,
        `${maxInflated(file.compressedSize)} bytes`,
      )
    const watch = watchSeconds(path, budget, clock)
    const chunks: Uint8Array[] = []
    let length = 0
    const sink = new WritableStream<Uint8Array>({
      write(chunk) {
        chunks.push(chunk)
        length += chunk.length
        if (length >= limit) throw new Error('enough')
        watch()
      },
    })
    try {
      await file.getData(sink, { checkSignature, useWebWorkers: false })
    } catch (cause) {
      if (cause instanceof SpikewardError) throw cause
      if (length < limit) throw refusal(library, path, cause)
    }
    const content = new Uint8Array(length)
    let at = 0
    for (const chunk of chunks) {
      content.set(chunk, at)
      at += chunk.length
    }
    return content
  }
  return {
    size,
    async read() {
      const content = await unpack(size + 1, true)
      if (content.length !== size) throw corrupt(path, `${size} bytes were expected, and ${content.length} found`)
      return content
    },
    head: (count) => unpack(count, false),
  }
}

/** Converts the error of zip.js for an unreadable entry. */
function refusal(library: ZipLibrary, path: string, cause: unknown): Error {
  const message = messageOf(cause)
  if (message === library.ERR_UNSUPPORTED_COMPRESSION)
    return unsupported(path, 'an unknown compression method', 'save it with numpy.savez or numpy.savez_compressed')
  if (message === library.ERR_ENCRYPTED || message === library.ERR_UNSUPPORTED_ENCRYPTION)
    return unsupported(path, 'it is encrypted', 'save it without a password')
  return corrupt(path, `its data or its checksum are damaged (${message})`)
}

/** Writes a zip archive of entries that are stored, not compressed. The same entries give the same bytes. */
export async function encodeZip(entries: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } = await zipLibrary()
  const writer = new ZipWriter(new Uint8ArrayWriter(), {
    level: 0,
    useWebWorkers: false,
    extendedTimestamp: false,
    dataDescriptor: false,
    lastModDate: new Date(1980, 0, 1),
  })
  for (const [name, content] of entries) await writer.add(name, new Uint8ArrayReader(content))
  return writer.close()
}
