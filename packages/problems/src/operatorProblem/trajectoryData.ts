import type { TrajectoryProblem } from '@spikeward/core'
import { type NamedArray, checkFinite, checkArray, gatherRows, shapeText, wrongShape } from '../splits/namedArray.js'
import { checkSplit, SPLITS } from '../checks.js'
import { type SplitFractions, permutation } from '../splits/splitRows.js'
import { dataProblem } from './dataProblem.js'

/** Options of {@link trajectoryData}. */
export type TrajectoryDataOptions = {
  readonly name: string
  /** [trajectories, times, …grid, channels]. */
  readonly values: NamedArray
  /** Names of the channels. Default: u_0, u_1, …; `u` for a single one. */
  readonly channels?: readonly string[]
  /** Coordinates [nₐ] of each axis of the grid. Default: equally spaced on [0, 1). */
  readonly space?: readonly NamedArray[]
  /** Time from one frame to the next. Default 1. */
  readonly interval?: number
  /** The key that assigns trajectories to the three sets. Default 0. */
  readonly key?: number
  readonly split?: SplitFractions
}

/**
 * An evolution from an array of trajectories. As a map it goes from the channels of the first frame to the last one.
 *
 * @throws DATA_SHAPE for fewer than four axes or two times; DATA_NOT_FINITE; INVALID_OPTION if the fractions are
 *   impossible
 * @example
 * const problem = trajectoryData({ name: 'waves', values: { name: 'u', shape: [50, 21, 64, 1], data } })
 */
export function trajectoryData(options: TrajectoryDataOptions): TrajectoryProblem {
  const { name, values, interval = 1, key = 0, split = {} } = options
  checkArray(values, 'values')
  const [count = 0, frames = 0, ...rest] = values.shape
  const grid = rest.slice(0, -1)
  const width = rest.at(-1) ?? 0
  if (rest.length < 2 || frames < 2 || values.data.length === 0)
    throw wrongShape(
      'trajectories of [trajectories × time × points × … × channels], with at least two times',
      shapeText(values),
    )
  checkFinite(values)
  const channels = options.channels ?? (width === 1 ? ['u'] : Array.from({ length: width }, (_, c) => `u_${c}`))
  const space =
    options.space ??
    grid.map((n, a) => ({
      name: ['x', 'y', 'z'][a]!,
      shape: [n],
      data: Float64Array.from({ length: n }, (_, i) => i / n),
    }))
  const points = grid.reduce((a, b) => a * b, 1)
  const frame = points * width
  const at = (n: number, t: number, p: number, c: number): number =>
    values.data[(n * frames + t) * frame + p * width + c]!
  const first = channels.map((of, c) => ({
    name: of,
    shape: [count, ...grid],
    data: Float64Array.from({ length: count * points }, (_, i) => at(Math.floor(i / points), 0, i % points, c)),
  }))
  const last = Float64Array.from({ length: count * frame }, (_, i) =>
    at(Math.floor(i / frame), frames - 1, Math.floor((i % frame) / width), i % width),
  )
  const outputs = { name: values.name, shape: [count, ...grid, ...(width === 1 ? [] : [width])], data: last }
  const problem = dataProblem({
    name,
    inputs: first.length === 1 ? first[0]! : first,
    outputs,
    coords: space,
    key,
    split,
  })
  const { sizes } = problem
  return {
    ...problem,
    trajectory: { frames, interval, grid, channels },
    async trajectories(of) {
      checkSplit(name, 'trajectories', of)
      const before = SPLITS.slice(0, SPLITS.indexOf(of)).reduce((sum, s) => sum + sizes[s], 0)
      const rows = (await permutation(key, count)).slice(before, before + sizes[of])
      return { count: rows.length, values: Float32Array.from(gatherRows(values.data, rows, frames * frame)) }
    },
  }
}
