import { basename } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import type { OperatorProblem } from '@spikeward/core'
import { dataProblem } from '../../operatorProblem/dataProblem.js'
import type { DataProblemOptions } from '../../operatorProblem/dataProblem.js'
import { alignOnLine } from '../../interpolation/alignOnLine.js'
import { shapeText, wrongShape } from '../../splits/namedArray.js'
import type { NamedArray } from '../../splits/namedArray.js'
import type { SplitFractions } from '../../splits/splitRows.js'
import { openDataFile } from '../files/openDataFile.js'
import type { DataFile } from '../files/dataFile.js'
import { functionsOfRows } from './functionsOfRows.js'
import { withoutTime } from './withoutTime.js'

/** Options of {@link loadLayout}. */
export type LoadLayoutOptions = {
  /** The key that assigns functions to the three sets. Default 0. */
  readonly key?: number
  /** Fractions of the functions for validation and test. Default 0.1 and 0.2. */
  readonly split?: SplitFractions
}

type Arrays = Pick<DataProblemOptions, 'inputs' | 'outputs' | 'coords'>
type Read = (name: string) => Promise<NamedArray>

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
  // PDEBench, in time: tensor [functions, t, x, …]; the first time is the input.
  {
    needs: ['tensor', 't-coordinate'],
    async arrays(read, names) {
      const [tensor, time] = (await readAll(read, ['tensor', 't-coordinate'])) as [NamedArray, NamedArray]
      const space = await readAll(
        read,
        coordinates.filter((name) => names.has(name)),
      )
      return withoutTime(tensor, time, space)
    },
  },
  // DeepXDE: X0 and X1 are inputs of branch and trunk, y the solutions; aligned, or one row for each function and point.
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

/**
 * Reads a data file in a layout that the field shares, by the names of its arrays:
 *
 * - Fourier neural operators (`.mat`): `coeff` and `sol`, or `a` and `u`
 * - PDEBench (HDF5): `nu` and `tensor` for steady equations, `tensor` with `t-coordinate` for others, whose first time is the input
 * - DeepXDE (`.npz`): `X0`, `X1` and `y`, aligned or with one row for each function and point
 *
 * @throws DATA_LAYOUT_UNKNOWN, which lists the names in the file and those that are known; those of `loadData`
 * @example const problem = await loadLayout('piececonst_r421_N1024_smooth1.mat')
 */
export async function loadLayout(path: string, options: LoadLayoutOptions = {}): Promise<OperatorProblem> {
  const file = await openDataFile(path)
  try {
    const layout = layouts.find(({ needs }) => needs.every((name) => file.names.has(name)))
    if (layout === undefined) {
      throw new SpikewardError(
        'DATA_LAYOUT_UNKNOWN',
        `${path} has ${[...file.names.keys()].slice(0, 20).join(', ') || 'no arrays'}; known are ${layouts.map(({ needs }) => needs.join(' and ')).join('; ')}; ` +
          'name the arrays of functions and solutions',
      )
    }
    const read: Read = async (name) => ({ ...(await file.read(name)), name })
    return dataProblem({ name: basename(path), ...(await layout.arrays(read, file.names)), ...options })
  } finally {
    await file.close()
  }
}
