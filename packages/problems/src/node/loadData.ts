import { basename } from 'node:path'
import { type OperatorProblem, SpikewardError } from '@spikeward/core'
import { type Aligned, alignOnLine } from '../interpolation/alignOnLine.js'
import { dataProblem } from '../operatorProblem/dataProblem.js'
import type { SplitFractions } from '../splits/splitRows.js'
import { hasArray, readArrays } from './readArrays.js'

/** The names of a file's arrays, and the split: options of {@link loadData}. */
export type LoadOptions = {
  /**
   * The array of input functions: [functions, sensors], or [functions, …] with a grid of sensors. `f@s` reads functions
   * that have sensors of their own at s [functions, sensors]; `f@s:50` puts them on 50 common sensors. `f+g` are two
   * input functions of each solution, and so on: a row of sensor values holds one after the other
   * (`sensors.functions`). If the file has an array of the whole name, `f+g` is that array.
   */
  readonly inputs: string
  /**
   * The array of solutions: [functions, points], [functions, n₁, …, n_d] on a grid; several outputs on one more axis.
   * `u@y` reads solutions that have points of their own at y [functions, points].
   */
  readonly outputs: string
  /**
   * The coordinates of the solutions: the name of an array [points, axes] (or [points]), or one name per axis of a
   * grid, separated by commas. Default: the unit interval, or square, or cube, with equally spaced points.
   */
  readonly coords?: string
  /**
   * The sensors on which functions with sensors of their own (`f@s`) are put, such as `sensors.x` of a problem that a
   * network learned from. Default: equally spaced ones on the interval that all functions cover.
   */
  readonly sensors?: Float64Array
  /** The key that assigns functions to the three sets. Default 0. */
  readonly key?: number
  /** Fractions of the functions for validation and test. Default 0.1 and 0.2. */
  readonly split?: SplitFractions
}

/** An array, the array of its own coordinates, and the number of common ones. */
type Placement = { readonly values: string; readonly at: string | null; readonly count?: number }

/** Reads `f`, `f@s` or `f@s:50`, one of the functions of `f+g`. */
function placementOf(name: string): Placement {
  const [, values, at, count] = /^(.+)@([^@:]+)(?::(\d+))?$/.exec(name) ?? []
  if (values === undefined || at === undefined) return { values: name, at: null }
  return { values, at, ...(count === undefined ? {} : { count: Math.max(2, Number(count)) }) }
}

/** @throws INVALID_OPTION for given sensors that no function is put on, or that another number of them contradicts */
function checkSensors(inputs: string, functions: readonly Placement[], sensors: Float64Array | undefined): void {
  if (sensors === undefined) return
  const wrong = functions.every(({ at }) => at === null)
    ? 'no input names sensors of its own; write the array of them after @, as in f@s, or leave sensors out'
    : functions.some(({ count }) => count !== undefined)
      ? 'the number after the colon asks for others; leave it out, or leave sensors out'
      : null
  if (wrong !== null) throw new SpikewardError('INVALID_OPTION', `sensors are given for "${inputs}", but ${wrong}`)
}

/**
 * Makes an operator problem from a data file: NumPy .npy/.npz, MATLAB .mat (level 5 and v7.3), HDF5, NetCDF, Zarr,
 * Parquet or CSV. The problem has no generator and no physics.
 *
 * A name may refer to another file in the same folder: `other.npy#other`. This combines .npy files, which hold one
 * array each.
 *
 * Functions of one coordinate on sensors or points of their own (`f@s`, `u@y`) are put on common ones by `alignOnLine`.
 *
 * @throws DATA_FILE_NOT_FOUND, DATA_FORMAT_UNKNOWN, DATA_CORRUPT, DATA_UNSUPPORTED; DATA_NAME_UNKNOWN, which lists the
 *   names in the file; DATA_SHAPE, with the expected and the actual shape; DATA_NOT_FINITE; DATA_BUDGET;
 *   INVALID_OPTION for `sensors` where no input has sensors of its own, or where one names a number of them
 * @example
 * const problem = await loadData('burgers.mat', { inputs: 'input', outputs: 'output', coords: 'x,t' })
 * const ofTwo = await loadData('heat.npz', { inputs: 'source+initial', outputs: 'u', coords: 'x,t' })
 */
export async function loadData(path: string, options: LoadOptions): Promise<OperatorProblem> {
  const { inputs, outputs, coords, sensors, ...rest } = options
  const axes = coords === undefined ? [] : coords.split(',').map((c) => c.trim())
  const whole = !inputs.includes('+') || (await hasArray(path, placementOf(inputs).values))
  const functions = (whole ? [inputs] : inputs.split('+')).map((name) => placementOf(name.trim()))
  checkSensors(inputs, functions, sensors)
  const uAt = placementOf(outputs)
  if (uAt.at !== null && axes.length > 0) {
    throw new SpikewardError(
      'DATA_SHAPE',
      `"${outputs}" names the points of each solution, and coords "${coords}" common ones; leave one of them out`,
    )
  }
  const all = [...functions, uAt]
  const names = [...all.map((one) => one.values), ...axes, ...all.map((one) => one.at).filter((name) => name !== null)]
  const arrays = await readArrays(path, names)
  const values = arrays.slice(0, all.length)
  const places = arrays.slice(all.length, all.length + axes.length)
  const own = arrays.slice(all.length + axes.length)
  const aligned = all.map((from, i): Aligned | null => {
    const at = from.at === null ? undefined : own[all.slice(0, i).filter((one) => one.at !== null).length]
    return at === undefined || from.at === null
      ? null
      : alignOnLine(
          { ...values[i]!, name: from.values },
          { ...at, name: from.at },
          (i < functions.length ? sensors : undefined) ?? from.count,
        )
  })
  const outputsAligned = aligned.at(-1) ?? null
  const sampled = functions.map((from, i) => aligned[i]?.values ?? { ...values[i]!, name: from.values })
  const problem = dataProblem({
    name: basename(path),
    inputs: sampled.length === 1 ? sampled[0]! : sampled,
    outputs: outputsAligned?.values ?? { ...values.at(-1)!, name: outputs },
    coords:
      outputsAligned === null
        ? places.map((p, i) => ({ ...p, name: axes[i]! }))
        : [{ name: uAt.at ?? '', shape: [outputsAligned.points.length], data: outputsAligned.points }],
    ...rest,
  })
  const common = (functions.length === 1 ? aligned[0] : null) ?? null
  return common === null ? problem : { ...problem, sensors: { ...problem.sensors, x: common.points } }
}
