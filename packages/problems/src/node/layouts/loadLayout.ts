import { basename } from 'node:path'
import { type OperatorProblem, SpikewardError } from '@spikeward/core'
import { type DataProblemOptions, dataProblem } from '../../operatorProblem/dataProblem.js'
import { alignOnLine } from '../../interpolation/alignOnLine.js'
import { type NamedArray, shapeText, wrongShape, gatherRows } from '../../splits/namedArray.js'
import type { SplitFractions } from '../../splits/splitRows.js'
import { openDataFile } from '../files/openDataFile.js'
import type { DataFile } from '../files/dataFile.js'
import { type Read, evolutionIn, mapOf } from './evolutions.js'

/**
 * Functions and solutions of rows (function, point, value): rows that follow each other with equal branch inputs belong
 * to one function.
 *
 * @param branch [rows, sensors]
 * @param trunk [rows, axes]
 * @param y [rows, 1]
 * @returns inputs [functions, sensors]; outputs [functions, points]; points [points, axes] if all functions share them,
 *   else [functions, points] of one axis
 * @throws DATA_SHAPE if functions differ in their number of points, or have points of several axes of their own
 */
function functionsOfRows(
  branch: NamedArray,
  trunk: NamedArray,
  y: NamedArray,
): {
  readonly inputs: NamedArray
  readonly points: NamedArray
  readonly outputs: NamedArray
  readonly shared: boolean
} {
  const rows = branch.shape[0]!
  const [m, axes] = [branch.data.length / rows, trunk.data.length / rows]
  const same = (a: number, b: number): boolean => {
    for (let i = 0; i < m; i++) if (branch.data[a * m + i] !== branch.data[b * m + i]) return false
    return true
  }
  const first = Array.from({ length: rows }, (_, row) => row).filter((row) => row === 0 || !same(row - 1, row))
  const count = rows / first.length
  if (!first.every((row, i) => row === i * count)) {
    throw wrongShape(
      'as many points for each function, its rows one after another',
      `${first.length} functions in ${rows} rows of ${shapeText(branch)}`,
    )
  }
  const inputs = { name: branch.name, shape: [first.length, m], data: gatherRows(branch.data, first, m) }
  const outputs = { name: y.name, shape: [first.length, count], data: y.data }
  const shared = trunk.data.every((v, i) => v === trunk.data[i % (count * axes)])
  if (shared) {
    const points = { name: trunk.name, shape: [count, axes], data: trunk.data.slice(0, count * axes) }
    return { inputs, outputs, points, shared }
  }
  if (axes > 1) {
    throw wrongShape('the same points for all functions, or points of one axis', shapeText(trunk))
  }
  return { inputs, outputs, points: { ...trunk, shape: [first.length, count] }, shared }
}

/** Options of {@link loadLayout}. */
export type LoadLayoutOptions = {
  /** The key that assigns functions to the three sets. Default 0. */
  readonly key?: number
  /** Fractions of the functions for validation and test. Default 0.1 and 0.2. */
  readonly split?: SplitFractions
}

type Arrays = Pick<DataProblemOptions, 'inputs' | 'outputs' | 'coords'>

/** A layout: the names that it is known by, and how its arrays become functions and solutions. */
type Layout = {
  readonly needs: readonly string[]
  readonly arrays: (read: Read, names: DataFile['names']) => Promise<Arrays>
}

const pair =
  (inputs: string, outputs: string): Layout['arrays'] =>
  async (read) => ({ inputs: await read(inputs), outputs: await read(outputs) })

const readAll = (read: Read, names: readonly string[]): Promise<NamedArray[]> => Promise.all(names.map(read))

const coordinates = ['x-coordinate', 'y-coordinate', 'z-coordinate']

const layouts: readonly Layout[] = [
  // Fourier neural operators: Darcy flow; Burgers and Navier–Stokes.
  { needs: ['coeff', 'sol'], arrays: pair('coeff', 'sol') },
  { needs: ['a', 'u'], arrays: pair('a', 'u') },
  // PDEBench, steady: nu [functions, x, y] and tensor [functions, 1, x, y].
  {
    needs: ['nu', 'tensor'],
    async arrays(read, names) {
      const [nu, tensor] = (await readAll(read, ['nu', 'tensor'])) as [NamedArray, NamedArray]
      if (tensor.shape[1] !== 1)
        throw wrongShape('"tensor" of a steady equation as [functions × 1 × x × y]', shapeText(tensor))
      const coords = await readAll(
        read,
        coordinates.filter((name) => names.has(name)),
      )
      return { inputs: nu, outputs: { ...tensor, shape: tensor.shape.filter((_, axis) => axis !== 1) }, coords }
    },
  },
  // DeepXDE: X0 and X1 are inputs of branch and trunk, y the solutions; aligned, or one row for each function and
  // point.
  {
    needs: ['X0', 'X1', 'y'],
    async arrays(read) {
      const [branch, trunk, y] = (await readAll(read, ['X0', 'X1', 'y'])) as [NamedArray, NamedArray, NamedArray]
      const unaligned = y.shape.length === 2 && y.shape[1] === 1 && branch.shape[0] === trunk.shape[0]
      if (!unaligned) return { inputs: branch, outputs: y, coords: [trunk] }
      const { inputs, points, outputs, shared } = functionsOfRows(branch, trunk, y)
      if (!shared) {
        const aligned = alignOnLine(outputs, points)
        return {
          inputs,
          outputs: aligned.values,
          coords: [{ ...points, shape: [aligned.points.length], data: aligned.points }],
        }
      }
      return { inputs, outputs, coords: [points] }
    },
  },
]

/** The error for a file whose arrays have no known names. */
export const layoutUnknown = ({ path, names }: Pick<DataFile, 'path' | 'names'>): SpikewardError =>
  new SpikewardError(
    'DATA_LAYOUT_UNKNOWN',
    `${path} has ${[...names.keys()].slice(0, 20).join(', ') || 'no arrays'}; known are ${layouts.map(({ needs }) => needs.join(' and ')).join('; ')}; ` +
      'tensor and t-coordinate; t0_fields; name the arrays of functions and solutions',
  )

/**
 * Reads a data file in a layout that the field shares, by the names of its arrays:
 *
 * - Fourier neural operators (`.mat`): `coeff` and `sol`, or `a` and `u`
 * - PDEBench (HDF5): `nu` and `tensor` for steady equations; for others, whose first time is the input, `tensor` or the
 *   fields of a flow with `t-coordinate`, or a group for each trajectory
 * - The Well (HDF5): `t0_fields`, `t1_fields` and `t2_fields`, whose first time is the input
 * - DeepXDE (`.npz`): `X0`, `X1` and `y`, aligned or with one row for each function and point
 *
 * @throws DATA_LAYOUT_UNKNOWN, which lists the names in the file and those that are known; those of `loadData`
 * @example const problem = await loadLayout('piececonst_r421_N1024_smooth1.mat')
 */
export async function loadLayout(path: string, options: LoadLayoutOptions = {}): Promise<OperatorProblem> {
  const file = await openDataFile(path)
  try {
    const layout = layouts.find(({ needs }) => needs.every((name) => file.names.has(name)))
    const read: Read = async (name) => ({ ...(await file.read(name)), name })
    const evolution = layout === undefined ? await evolutionIn(file, read) : null
    const arrays = evolution === null ? await layout?.arrays(read, file.names) : mapOf(evolution)
    if (arrays === undefined) throw layoutUnknown(file)
    return dataProblem({ name: basename(path), ...arrays, ...options })
  } finally {
    await file.close()
  }
}
