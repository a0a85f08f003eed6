import { basename } from 'node:path'
import type { TrajectoryProblem } from '@spikeward/core'
import { trajectoryData } from '../operatorProblem/trajectoryData.js'
import { type NamedArray, shapeText, wrongShape } from '../splits/namedArray.js'
import { type LoadLayoutOptions, layoutUnknown } from './layouts/loadLayout.js'
import { evolutionIn } from './layouts/evolutions.js'
import { openDataFile } from './files/openDataFile.js'

/** Options of {@link loadTrajectories}. */
export type LoadTrajectoriesOptions = LoadLayoutOptions & {
  /**
   * The array [trajectories, times, …grid, channels]; [trajectories, times, points] of one channel. Default: by the
   * layout of the file.
   */
  readonly inputs?: string
  /** The coordinates [nₐ] of each axis of the grid, by commas. Default: equally spaced on [0, 1). */
  readonly coords?: string
}

/**
 * Makes an evolution from a data file: an array of trajectories by its name, or the fields of PDEBench or The Well,
 * known by the names of their arrays. The time between frames is that of the file, or 1.
 *
 * @throws DATA_LAYOUT_UNKNOWN for a file of another layout without `inputs`; those of `loadData`
 * @example const problem = await loadTrajectories('2D_rdb_NA_NA.h5')
 */
export async function loadTrajectories(
  path: string,
  options: LoadTrajectoriesOptions = {},
): Promise<TrajectoryProblem> {
  const { inputs, coords, ...rest } = options
  const file = await openDataFile(path)
  const read = async (name: string): Promise<NamedArray> => ({ ...(await file.read(name)), name })
  try {
    if (inputs === undefined) {
      const evolution = await evolutionIn(file, read)
      if (evolution === null) throw layoutUnknown(file)
      const [start = 0, next = 1] = evolution.time.data
      const { values, channels, space } = evolution
      return trajectoryData({ name: basename(path), values, channels, space, interval: next - start, ...rest })
    }
    const array = await read(inputs)
    const names = coords?.split(',').map((one) => one.trim()) ?? []
    const axes = names.length === 0 ? Math.max(1, array.shape.length - 3) : names.length
    if (array.shape.length !== 2 + axes && array.shape.length !== 3 + axes)
      throw wrongShape('trajectories of [trajectories × time × points × … × channels]', shapeText(array))
    const values = { ...array, shape: array.shape.length === 2 + axes ? [...array.shape, 1] : array.shape }
    const space = await Promise.all(names.map(read))
    return trajectoryData({ name: basename(path), values, ...(space.length === 0 ? {} : { space }), ...rest })
  } finally {
    await file.close()
  }
}
