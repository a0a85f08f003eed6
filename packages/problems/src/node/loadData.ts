import { basename, dirname, isAbsolute, join } from 'node:path'
import type { OperatorProblem } from '@spikeward/core'
import { dataProblem } from '../operatorProblem/dataProblem.js'
import type { SplitFractions } from '../operatorProblem/dataProblem.js'
import { openDataFile } from './files/openDataFile.js'
import type { NdArray } from './files/dataFile.js'

/** Which arrays of a file are what: see {@link loadData}. */
export type LoadOptions = {
  /** The array of input functions: [functions, sensors], or [functions, …] with a grid of sensors. */
  readonly inputs: string
  /** The array of solutions: [functions, points], [functions, n₁, …, n_d] on a grid; several outputs on one more axis. */
  readonly outputs: string
  /**
   * Where the solutions are given: the name of an array [points, axes] (or [points]), or one name per axis of a grid,
   * separated by commas. Default: the unit interval, or square, or cube, with equally spaced points.
   */
  readonly coords?: string
  /** The key by which functions are dealt out to the three sets. Default 0. */
  readonly key?: number
  /** Parts of the functions that are kept for choosing and for reporting. Default a tenth and a fifth. */
  readonly split?: SplitFractions
}

/**
 * Makes an operator problem of a file of people's own: NumPy .npy/.npz, MATLAB .mat (level 5 and v7.3), HDF5 or CSV. It has
 * data, but no generator and no physics.
 *
 * A name may also point into another file beside the first: `other.npy#other`. That is how .npy files, which hold one
 * array each, are put together.
 *
 * @throws DATA_FILE_NOT_FOUND, DATA_FORMAT_UNKNOWN, DATA_CORRUPT, DATA_UNSUPPORTED; DATA_NAME_UNKNOWN, which lists the
 *   names that the file has; DATA_SHAPE, which says what was expected and what was found; DATA_NOT_FINITE
 * @example const problem = await loadData('burgers.mat', { inputs: 'input', outputs: 'output', coords: 'x,t' })
 */
export async function loadData(path: string, options: LoadOptions): Promise<OperatorProblem> {
  const { inputs, outputs, coords, ...rest } = options
  const axes = coords === undefined ? [] : coords.split(',').map((c) => c.trim())
  const arrays = await readArrays(path, [inputs, outputs, ...axes])
  const [f, u, ...places] = arrays as [NdArray, NdArray, ...NdArray[]]
  return dataProblem({
    name: basename(path),
    inputs: { ...f, name: inputs },
    outputs: { ...u, name: outputs },
    coords: places.map((p, i) => ({ ...p, name: axes[i]! })),
    ...rest,
  })
}

/** Reads arrays by name, each file opened once and closed again. */
async function readArrays(path: string, names: readonly string[]): Promise<NdArray[]> {
  const files = new Map<string, ReturnType<typeof openDataFile>>()
  const open = (where: string): ReturnType<typeof openDataFile> => {
    const known = files.get(where) ?? openDataFile(where)
    files.set(where, known)
    return known
  }
  try {
    const arrays: NdArray[] = []
    for (const name of names) {
      const hash = name.lastIndexOf('#')
      const own = await open(path)
      // A name of the file itself goes first, should it hold a #.
      const [where, what] = hash < 0 || own.names.has(name) ? [path, name] : beside(path, name, hash)
      arrays.push(await (await open(where)).read(what))
    }
    return arrays
  } finally {
    for (const file of files.values()) await file.then((f) => f.close()).catch(() => {})
  }
}

const beside = (path: string, name: string, hash: number): [string, string] => [
  isAbsolute(name) ? name.slice(0, hash) : join(dirname(path), name.slice(0, hash)),
  name.slice(hash + 1),
]
