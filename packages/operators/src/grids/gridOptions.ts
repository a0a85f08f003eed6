import { defineOptions, either, integer, none, opaque } from '@spikeward/core'
import type { Filled, HostCoords } from '@spikeward/core'
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
      computed: 'none: GELU',
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
