import type { Sensors } from '@spikeward/core'
import { nodesOf } from './line.js'
import type { Line } from './line.js'

/** Equally spaced sensors on a line, both ends included. */
export const sensorsOn = (line: Line): Sensors => ({
  x: nodesOf(line),
  count: line.count,
  axes: 1,
  grid: [line.count],
})
