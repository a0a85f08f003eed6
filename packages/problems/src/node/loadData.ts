import { basename } from 'node:path'
import type { OperatorProblem } from '@spikeward/core'
import { dataProblem } from '../operatorProblem/dataProblem.js'
import type { SplitFractions } from '../splits/splitRows.js'
import type { NdArray } from './files/dataFile.js'
import { readArrays } from './readArrays.js'

/** The names of a file's arrays, and the split: options of {@link loadData}. */
export type LoadOptions = {
  /** The array of input functions: [functions, sensors], or [functions, …] with a grid of sensors. */
  readonly inputs: string
  /** The array of solutions: [functions, points], [functions, n₁, …, n_d] on a grid; several outputs on one more axis. */
  readonly outputs: string
  /**
   * The coordinates of the solutions: the name of an array [points, axes] (or [points]), or one name per axis of a grid,
   * separated by commas. Default: the unit interval, or square, or cube, with equally spaced points.
   */
  readonly coords?: string
  /** The key that assigns functions to the three sets. Default 0. */
  readonly key?: number
  /** Fractions of the functions for validation and test. Default 0.1 and 0.2. */
  readonly split?: SplitFractions
}

/**
 * Makes an operator problem from a data file: NumPy .npy/.npz, MATLAB .mat (level 5 and v7.3), HDF5 or CSV. The problem has no
 * generator and no physics.
 *
 * A name may refer to another file in the same folder: `other.npy#other`. This combines .npy files, which hold one array each.
 *
 * @throws DATA_FILE_NOT_FOUND, DATA_FORMAT_UNKNOWN, DATA_CORRUPT, DATA_UNSUPPORTED; DATA_NAME_UNKNOWN, which lists the
 *   names in the file; DATA_SHAPE, with the expected and the actual shape; DATA_NOT_FINITE; DATA_BUDGET
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
