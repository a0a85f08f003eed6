import { defineOptions, either, integer, none, opaque, reshape, transpose } from '@spikeward/core'
import type { Filled, HostCoords, Shape, Tensor } from '@spikeward/core'
import { isSpikingUnits } from '../blocks/modifiedBlock.js'
import { branchOptions } from '../blocks/branch.js'
import { trunkOptions } from '../blocks/trunk.js'

const isGrid = (x: unknown): x is readonly number[] =>
  Array.isArray(x) && x.length >= 1 && x.length <= 3 && x.every((n) => Number.isInteger(n) && n >= 1)

/** Options of every network on the grid that sensors and solutions share; `units` makes any of them spike. */
export const gridOptions = /* @__PURE__ */ defineOptions(() => ({
  grid: opaque('one to three whole numbers of at least 1', isGrid, {
    required: true,
    help: 'points along each axis of the grid of sensors and solutions',
  }),
  inputs: integer({ min: 1, default: 1, help: 'input functions on the grid' }),
  outputs: trunkOptions.outputs,
  units: either(
    opaque('{ neuron, surrogate, time }', isSpikingUnits, {
      computed: 'none: a dense activation',
      help: 'neurons whose rate is the activation',
    }),
    none,
  ),
  input: branchOptions.input,
  output: trunkOptions.output,
  dtype: trunkOptions.dtype,
}))

/** Their values. */
export type GridOptions = Filled<typeof gridOptions>

const isFlags = (x: unknown): x is readonly boolean[] => Array.isArray(x) && x.every((v) => typeof v === 'boolean')

/** The axes of the grid along which the functions are periodic, of networks that tell them apart. */
export const periodicOption = /* @__PURE__ */ opaque('a list of true and false', isFlags, {
  computed: 'false for every axis',
  help: 'whether the functions are periodic, for each axis',
})

const isCoords = (x: unknown): x is HostCoords =>
  typeof x === 'object' && x !== null && 'kind' in x && ['grid', 'points'].includes(x.kind as string) && 'axes' in x

/** Options of networks of nodes: points on a grid or anywhere, where sensors and solutions are. */
export const nodeOptions = /* @__PURE__ */ defineOptions(() => {
  const { grid: _, ...common } = gridOptions
  return {
    nodes: opaque('a grid or points, such as the `at` of a problem', isCoords, {
      required: true,
      help: 'points of sensors and solutions: a grid, or scattered ones',
    }),
    periodic: periodicOption,
    ...common,
  }
})

/** Their values. */
export type NodeOptions = Filled<typeof nodeOptions>

/** The two layouts of fields of several channels: rows of sensor values, and grids. */

/** Rows [N, channels · points], one channel after the other, as a field [N, …grid, channels]. */
export function fieldOfRows(rows: Tensor, grid: Shape, channels: number): Tensor {
  const [n] = rows.shape as [number]
  const shape = [n, ...grid, channels]
  return channels === 1 ? reshape(rows, shape) : reshape(transpose(reshape(rows, [n, channels, -1]), [0, 2, 1]), shape)
}

/**
 * A field [N, …grid] of one channel, or [N, …grid, channels], as rows [N, channels · points]: the inverse of
 * {@link fieldOfRows}.
 */
export function rowsOfField(field: Tensor, channels: number): Tensor {
  const [n] = field.shape as [number]
  const flat = channels === 1 ? field : transpose(reshape(field, [n, -1, channels]), [0, 2, 1])
  return reshape(flat, [n, -1])
}
