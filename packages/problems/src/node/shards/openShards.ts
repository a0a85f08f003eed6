import { read } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { fileError, reading } from '@spikeward/core/node'
import { corrupt, decodeNumbers, elements, unsupported } from '../files/dataFile.js'
import { type NpyHeader, npyHeader } from '../files/npy.js'

/** An array whose rows lie in several files, in the order of the files. */
export type ShardedArray = {
  readonly name: string
  /** [rows of all files, …]. */
  readonly shape: readonly number[]
  /** The named rows one after another, in double precision. */
  read(rows: readonly number[]): Promise<Float64Array>
}

/** The contents of a folder of shards. */
export type ShardFolder = {
  readonly arrays: ReadonlyMap<string, ShardedArray>
  /** Arrays in one file each, such as coordinates: paths by name. */
  readonly whole: ReadonlyMap<string, string>
}

/** A file of rows. */
type Shard = { readonly path: string; readonly number: number; readonly header: NpyHeader; readonly rows: number }

/** The longest header that a .npy file of version 1 can have. */
const HEAD = 65_546

const PART = /^(.+)-(\d+)\.npy$/

/**
 * Opens a folder of shards: `inputs-00000.npy`, `inputs-00001.npy`, … are the rows of one array `inputs`, in NumPy's
 * format, each row-major [rows, …]; a file without a number is an array of its own. Only headers are read.
 *
 * @throws DATA_FILE_NOT_FOUND if it holds no .npy file; DATA_CORRUPT if a shard is damaged or missing; DATA_SHAPE if
 *   shards of one array have rows of different shapes; DATA_UNSUPPORTED for columns first; FILE_UNREADABLE
 */
export async function openShards(folder: string): Promise<ShardFolder> {
  const all = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw fileError(folder, error)
  })
  const names = all.filter((name) => name.endsWith('.npy'))
  if (names.length === 0) {
    throw new SpikewardError(
      'DATA_FILE_NOT_FOUND',
      `${folder}: there is no folder with files such as inputs-00000.npy and outputs-00000.npy; check the path`,
    )
  }
  const whole = new Map<string, string>()
  const parts = new Map<string, { number: number; path: string }[]>()
  for (const name of names) {
    const [, array, number] = PART.exec(name) ?? []
    if (array === undefined) whole.set(name.slice(0, -'.npy'.length), join(folder, name))
    else parts.set(array, [...(parts.get(array) ?? []), { number: Number(number), path: join(folder, name) }])
  }
  const arrays = new Map<string, ShardedArray>()
  for (const [name, files] of parts) {
    const shards = await Promise.all(files.sort((a, b) => a.number - b.number).map(openShard))
    arrays.set(name, shardedArray(name, shards))
  }
  return { arrays, whole }
}

async function openShard({ path, number }: { path: string; number: number }): Promise<Shard> {
  const file = await reading(path, () => open(path))
  try {
    const { size } = await file.stat()
    const head = new Uint8Array(Math.min(size, HEAD))
    await file.read(head, 0, head.length, 0)
    const header = npyHeader(head, path)
    const { shape, fortran, format, start } = header
    if (fortran) throw unsupported(path, 'its columns are stored first', 'save it with numpy.ascontiguousarray')
    const needed = start + elements(shape) * format.bytes
    if (needed > size) throw corrupt(path, `[${shape.join(' × ')}] needs ${needed} bytes, and ${size} are there`)
    return { path, number, header, rows: shape[0] ?? 0 }
  } finally {
    await file.close()
  }
}

/** Files of one array as an array. */
function shardedArray(name: string, shards: readonly Shard[]): ShardedArray {
  const [first] = shards as [Shard]
  const tail = first.header.shape.slice(1)
  shards.forEach(({ path, number, header }, i) => {
    if (number !== first.number + i) throw corrupt(path, `number ${first.number + i} of "${name}" is missing`)
    if (header.shape.length >= 1 && String(header.shape.slice(1)) === String(tail)) return
    throw new SpikewardError(
      'DATA_SHAPE',
      `expected rows of [${tail.join(' × ')}], as ${first.path} has; found: ${path} is [${header.shape.join(' × ')}]`,
    )
  })
  const starts: number[] = []
  let count = 0
  for (const { rows } of shards) {
    starts.push(count)
    count += rows
  }
  const width = elements(tail)
  const shardOf = (row: number): number => {
    let [low, high] = [0, shards.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= row) low = middle
      else high = middle - 1
    }
    return low
  }
  return {
    name,
    shape: [count, ...tail],
    async read(rows) {
      const out = new Float64Array(rows.length * width)
      const perShard = new Map<number, number[]>()
      rows.forEach((row, i) => {
        const at = shardOf(row)
        const places = perShard.get(at) ?? []
        places.push(i)
        perShard.set(at, places)
      })
      await Promise.all(
        [...perShard].map(([at, places]) => readRows(shards[at]!, width, places, (i) => rows[i]! - starts[at]!, out)),
      )
      return out
    },
  }
}

/**
 * Reads rows of one file to their places in `out`. A file is open only meanwhile, so that any number of files can be
 * read.
 */
async function readRows(
  { path, header }: Shard,
  width: number,
  places: readonly number[],
  rowOf: (place: number) => number,
  out: Float64Array,
): Promise<void> {
  const { format, start } = header
  const bytes = width * format.bytes
  const plain = LITTLE && format.little && format.kind === 'float' && format.bytes === 4
  const all = new Uint8Array(bytes * places.length)
  const file = await reading(path, () => open(path))
  try {
    await Promise.all(
      places.map(async (place, i) => {
        const bytesRead = await readAt(file.fd, all, i * bytes, bytes, start + rowOf(place) * bytes)
        if (bytesRead !== bytes) throw corrupt(path, `row ${rowOf(place)} ends after ${bytesRead} of ${bytes} bytes`)
        const row = all.subarray(i * bytes, (i + 1) * bytes)
        out.set(
          plain ? new Float32Array(all.buffer, i * bytes, width) : decodeNumbers(row, width, format),
          place * width,
        )
      }),
    )
  } finally {
    await file.close()
  }
}

/** Node's own promise of a read takes several times as long as a short read. */
const readAt = (fd: number, to: Uint8Array, at: number, length: number, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    read(fd, to, at, length, position, (error, count) => (error === null ? resolve(count) : reject(error)))
  })

/** Whether this machine stores the lowest byte first. */
const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
