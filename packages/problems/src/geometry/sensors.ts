import type { Sensors } from '@spikeward/core'
import { type Line, nodesOf } from './gridPoints.js'

/** Equally spaced sensors on a line, both ends included. */
export const sensorsOn = (line: Line): Sensors => ({
  x: nodesOf(line),
  count: line.count,
  axes: 1,
  grid: [line.count],
})

/** An input function and its own sensors, flat [count, axes]. */
export type NamedSensors = { readonly name: string } & Pick<Sensors, 'x' | 'count' | 'axes'>

/**
 * The sensors of several input functions, side by side: the coordinates of a sensor follow the index of its function,
 * and are padded with zeros if other functions have more axes.
 */
export function sensorsOfSeveral(functions: readonly NamedSensors[]): Sensors {
  const axes = 1 + Math.max(...functions.map((f) => f.axes))
  const count = functions.reduce((n, f) => n + f.count, 0)
  const x = new Float64Array(count * axes)
  let row = 0
  functions.forEach((f, number) => {
    for (let i = 0; i < f.count; i++, row++) {
      x[row * axes] = number
      x.set(f.x.subarray(i * f.axes, (i + 1) * f.axes), row * axes + 1)
    }
  })
  return { x, count, axes, grid: null, functions: functions.map(({ name, count: n }) => ({ name, count: n })) }
}
