import { defineOptions, opaque } from '@spikeward/core'
import type { HostCoords } from '@spikeward/core'
import { gridOptions, periodicOption } from './gridOptions.js'

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
