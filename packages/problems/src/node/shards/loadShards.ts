import { basename, join, resolve } from 'node:path'
import { type OperatorData, type OperatorProblem, SpikewardError } from '@spikeward/core'
import { makeFolder, readRegular, writeWhole } from '@spikeward/core/node'
import { problemOfShapes } from '../../operatorProblem/problemOfShapes.js'
import { type NamedArray, checkFinite } from '../../splits/namedArray.js'
import { checkSplit, SPLITS } from '../../checks.js'
import { type SplitFractions, permutation, sizesOf } from '../../splits/splitRows.js'
import { encodeNpyAs, parseNpy } from '../files/npy.js'
import { type ShardFolder, type ShardedArray, openShards } from './openShards.js'

/** Options of {@link loadShards}. */
export type LoadShardsOptions = {
  /** The array of input functions, [functions, sensors] or [functions, …] with a grid of sensors. Default `inputs`. */
  readonly inputs?: string
  /** The array of solutions, [functions, points], or [functions, n₁, …, n_d] on a grid. Default `outputs`. */
  readonly outputs?: string
  /** Files of coordinates in the folder, by names without `.npy`, as in `loadData`. */
  readonly coords?: string
  /** The key that assigns functions to the three sets. Default 0. */
  readonly key?: number
  /** Fractions of the functions for validation and test. Default 0.1 and 0.2, but no more than `heldBytes` allows. */
  readonly split?: SplitFractions
  /**
   * Bytes in memory for each of: the validation functions, the test functions, and a sample of the training functions.
   * Default 64 MiB.
   */
  readonly heldBytes?: number
}

/**
 * Makes an operator problem from a folder of shards, for data larger than memory. A step of training reads its own
 * functions from disk (`rows`), and the next step's functions are read meanwhile. The same functions in one file
 * (`loadData`) give the same training, bit for bit, if all of them fit into `heldBytes`.
 *
 * Validation and test functions are held in memory, so their numbers are limited; the rest is for training. Scales and
 * solved readouts use a sample of the training functions.
 *
 * @throws those of `openShards`; DATA_NAME_UNKNOWN, which lists the names in the folder; DATA_SHAPE; INVALID_OPTION.
 *   Reading rows: DATA_NOT_FINITE, DATA_CORRUPT
 * @example const problem = await loadShards('shards', { split: { validation: 0.01, test: 0.01 } })
 */
export async function loadShards(folder: string, options: LoadShardsOptions = {}): Promise<OperatorProblem> {
  const { inputs = 'inputs', outputs = 'outputs', coords, key = 0, split = {}, heldBytes = 64 * 2 ** 20 } = options
  const shards = await openShards(folder)
  const [f, u] = [arrayOf(shards, folder, inputs), arrayOf(shards, folder, outputs)]
  const axes = coords === undefined ? [] : coords.split(',').map((name) => name.trim())
  const places = await Promise.all(axes.map((name) => wholeOf(shards, folder, name)))
  const problem = problemOfShapes({ name: basename(resolve(folder)), inputs: [f], outputs: u, coords: places })
  places.forEach(checkFinite)
  const n = f.shape[0]!
  const bytes = 8 * [f, u].reduce((sum, { shape }) => sum + shape.slice(1).reduce((a, b) => a * b, 1), 0)
  const most = Math.max(1, Math.floor(heldBytes / bytes))
  const nominal = sizesOf(n, split)
  const shares = { validation: Math.min(nominal.validation, most), test: Math.min(nominal.test, most) }
  const sizes = { train: n - shares.validation - shares.test, ...shares }
  let dealt: Promise<number[]> | null = null
  const read = async (rows: readonly number[]): Promise<OperatorData> => {
    const [sensors, values] = await Promise.all([checked(f, rows), checked(u, rows)])
    return { count: rows.length, sensors, values }
  }
  const order = (): Promise<number[]> => (dealt ??= permutation(key, n))
  return {
    ...problem,
    sizes,
    async data(set) {
      checkSplit(problem.name, 'data', set)
      const before = SPLITS.slice(0, SPLITS.indexOf(set)).reduce((sum, s) => sum + sizes[s], 0)
      return read((await order()).slice(before, before + Math.min(most, sizes[set])))
    },
    async rows(numbers) {
      const rows = await order()
      return read(numbers.map((i) => rows[i]!))
    },
  }
}

/** Rows of an array, which must be finite. */
async function checked(array: ShardedArray, rows: readonly number[]): Promise<Float64Array> {
  const data = await array.read(rows)
  const width = data.length / Math.max(1, rows.length)
  const bad = data.findIndex((v) => !Number.isFinite(v))
  if (bad < 0) return data
  throw new SpikewardError(
    'DATA_NOT_FINITE',
    `"${array.name}" holds ${data[bad]!} in row ${rows[Math.floor(bad / width)]!}; remove such rows or fill them in`,
  )
}

const unknown = ({ arrays, whole }: ShardFolder, folder: string, name: string): SpikewardError => {
  const shards = [...arrays.values()].map(({ name: known, shape }) => `${known} [${shape.join(' × ')}]`)
  return new SpikewardError(
    'DATA_NAME_UNKNOWN',
    `${folder} has no array "${name}"; it has: ${[...shards, ...whole.keys()].join(', ')}`,
  )
}

function arrayOf(shards: ShardFolder, folder: string, name: string): ShardedArray {
  const array = shards.arrays.get(name)
  if (array === undefined) throw unknown(shards, folder, name)
  return array
}

async function wholeOf(shards: ShardFolder, folder: string, name: string): Promise<NamedArray> {
  const path = shards.whole.get(name)
  if (path === undefined) throw unknown(shards, folder, name)
  return { name, ...parseNpy(await readRegular(path), path) }
}

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
