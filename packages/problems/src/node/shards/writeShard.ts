import { join } from 'node:path'
import { makeFolder, writeWhole } from '@spikeward/core/node'
import { encodeNpyAs } from '../files/npy.js'

/** Rows of an array: data is row-major, of the shape's size. */
export type ShardRows = { readonly shape: readonly number[]; readonly data: Float32Array }

/**
 * Writes one shard of a data set that need not fit in memory: `<name>-<number>.npy` for each array, in single
 * precision, which NumPy reads and `loadShards` streams. A file is written whole or not at all.
 *
 * @param number counts from 0 without a gap
 * @throws DISK_FULL, FILE_UNWRITABLE
 * @example
 * for (let i = 0; i < 100; i++) await writeShard('shards', i, { inputs: functions(i), outputs: solutions(i) })
 */
export async function writeShard(
  folder: string,
  number: number,
  arrays: Readonly<Record<string, ShardRows>>,
): Promise<void> {
  await makeFolder(folder)
  for (const [name, rows] of Object.entries(arrays)) {
    await writeWhole(join(folder, `${name}-${String(number).padStart(5, '0')}.npy`), encodeNpyAs('<f4', rows))
  }
}
