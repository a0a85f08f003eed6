import type { HostCoords, OperatorProblem, Sensors } from '@spikeward/core'
import { sensorsOfSeveral } from '../geometry/sensors.js'
import { countOf, pointsOf } from '../geometry/coordinates.js'
import { nodesOf } from '../geometry/gridPoints.js'
import { type NamedArray, shapeText, unravel, wrongShape } from '../splits/namedArray.js'

/** Name and shape of an array, which may be on disk. */
export type NamedShape = Pick<NamedArray, 'name' | 'shape'>

/** The arrays of input functions and solutions, and the coordinates of the solutions. */
export type ShapesOptions = {
  readonly name: string
  /** [functions, …], for each input function. */
  readonly inputs: readonly NamedShape[]
  /** [functions, …points, outputs?]. */
  readonly outputs: NamedShape
  /** None; one of [points, axes] or [points]; or one of [nₐ] per axis of a grid. */
  readonly coords: readonly NamedArray[]
}

/** An operator problem without its functions. */
export type ShapedProblem = Omit<OperatorProblem, 'sizes' | 'data' | 'rows'>

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/**
 * An operator problem without functions, from the shapes of its arrays. It has no generator and no physics. Sensors are
 * at the places of the solutions, if coordinates are given and an input has as many values along the same axes; else
 * they are assumed to be equally spaced on [0, 1] along each axis of the input array.
 *
 * @throws DATA_SHAPE if arrays do not fit together, with the expected and the actual shape
 */
export function problemOfShapes({ name, inputs, outputs, coords }: ShapesOptions): ShapedProblem {
  const n = inputs[0]?.shape[0] ?? 0
  const empty = inputs.find(({ shape }) => shape.length < 2 || sizeOf(shape) === 0)
  if (empty !== undefined) throw wrongShape('inputs of [functions × sensors]', shapeText(empty))
  if (outputs.shape.length < 2 || sizeOf(outputs.shape) === 0)
    throw wrongShape(`outputs of [${n} functions × points]`, shapeText(outputs))
  const other = inputs.find(({ shape }) => shape[0] !== outputs.shape[0])
  if (other !== undefined)
    throw wrongShape(
      `as many solutions as input functions: ${other.shape[0]} along the first axis`,
      `${shapeText(outputs)}, while ${shapeText(other)}`,
    )
  const { at, components } = placesOf(outputs, coords)
  const axisCount = at.kind === 'grid' ? at.axes.length : at.axes
  const extent = (a: number): readonly [number, number] => {
    let [low, high] = [Infinity, -Infinity]
    const x = at.kind === 'grid' ? at.axes[a]! : at.x.filter((_, i) => i % at.axes === a)
    for (const v of x) [low, high] = [Math.min(low, v), Math.max(high, v)]
    return [low, high]
  }
  return {
    kind: 'operator',
    name,
    axes: Array.from({ length: axisCount }, (_, a) => ['x', 'y', 'z'][a] ?? `x${a + 1}`),
    domain: Array.from({ length: axisCount }, (_, a) => extent(a)),
    outputs: components,
    sensors: sensorsOf(inputs, coords.length === 0 ? null : at),
    at,
    generator: null,
    physics: null,
  }
}

/**
 * Sensors of the input arrays: at the places of the solutions, if there are coordinates and an array has as many values
 * along the same axes; else equally spaced on [0, 1] along each axis.
 */
function sensorsOf(inputs: readonly NamedShape[], at: HostCoords | null): Sensors {
  const lengths = at === null ? [] : at.kind === 'grid' ? at.axes.map((x) => x.length) : [countOf(at)]
  const each = inputs.map(({ name, shape }) => {
    const grid = shape.slice(1)
    const count = sizeOf(grid)
    if (at === null || grid.join() !== lengths.join())
      return { name, x: unitGrid(grid), count, axes: grid.length, grid }
    const { x, axes } = pointsOf(at)
    return { name, x, count, axes, grid: at.kind === 'grid' ? grid : null }
  })
  const [{ x, count, axes, grid }] = each as [(typeof each)[number]]
  return each.length === 1 ? { x, count, axes, grid } : sensorsOfSeveral(each)
}

/** The coordinates of the solutions, and the number of values at each point. */
function placesOf(outputs: NamedShape, coords: readonly NamedArray[]): { at: HostCoords; components: number } {
  const rest = outputs.shape.slice(1)
  if (coords.length === 0)
    return {
      at: { kind: 'grid', axes: rest.map((count) => (count === 1 ? Float64Array.of(0) : unitLine(count))) },
      components: 1,
    }
  const total = rest.reduce((a, b) => a * b, 1)
  const flat = coords.map((c) => c.shape.filter((d) => d !== 1))
  const isGrid = coords.length > 1 || (flat[0]!.length === 1 && rest.length <= 2 && rest[0] === flat[0]![0])
  if (isGrid) {
    const bad = coords.find((_, i) => flat[i]!.length > 1)
    if (bad) throw wrongShape('one list of numbers per axis of the grid', shapeText(bad))
    const counts = coords.map((c) => c.data.length)
    const fits = counts.every((c, i) => rest[i] === c) && rest.length <= counts.length + 1
    if (!fits)
      throw wrongShape(
        `outputs of [functions × ${counts.join(' × ')}], or with one more axis for several outputs, as ${coords.map(shapeText).join(', ')}`,
        shapeText(outputs),
      )
    return { at: { kind: 'grid', axes: coords.map((c) => c.data) }, components: rest[counts.length] ?? 1 }
  }
  const [c] = coords as [NamedArray]
  const [points, axes = 1] = c.shape
  const fits =
    c.shape.length <= 2 &&
    points !== undefined &&
    points > 0 &&
    axes > 0 &&
    (total === points || (rest.length === 2 && rest[0] === points))
  if (!fits) {
    // [functions × points], as the solutions are.
    const own = rest.length === 1 && c.data.length === outputs.shape[0]! * rest[0]! && c.shape[0] === outputs.shape[0]
    const remedy = own
      ? `; if each function has points of its own, name them with the outputs: ${outputs.name}@${c.name}`
      : ''
    throw wrongShape(`coordinates of [${total} points × axes], as ${shapeText(outputs)}`, `${shapeText(c)}${remedy}`)
  }
  return { at: { kind: 'points', x: c.data, axes }, components: total / points }
}

const unitLine = (count: number): Float64Array => nodesOf({ low: 0, high: 1, count })

/** Points of a grid on the unit cube, ends included, flat [count, axes]. */
function unitGrid(shape: readonly number[]): Float64Array {
  const lines = shape.map((count) => (count === 1 ? Float64Array.of(0) : unitLine(count)))
  const count = shape.reduce((a, b) => a * b, 1)
  const x = new Float64Array(count * shape.length)
  for (let p = 0; p < count; p++) unravel(p, shape).forEach((i, a) => (x[p * shape.length + a] = lines[a]![i]!))
  return x
}
