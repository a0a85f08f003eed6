import { SpikewardError, describeValue } from '@spikeward/core'
import { nodesOf } from '../geometry/gridPoints.js'
import { type NamedArray, checkFinite, shapeText, wrongShape } from '../splits/namedArray.js'

/** Functions on common points of a line. */
export type Aligned = {
  /** [functions, count]. */
  readonly values: NamedArray
  /** The points, [count]: equally spaced, or those that were given. */
  readonly points: Float64Array
}

/** A function on its own points, in their order on the line. */
type OwnPoints = { readonly x: Float64Array; readonly y: Float64Array }

/** Row i without its padding: a point counts if its coordinate and its value are both numbers. */
function rowOf(values: NamedArray, at: NamedArray, i: number): OwnPoints {
  const width = values.shape[1]!
  const places = Array.from({ length: width }, (_, k) => i * width + k).filter((k) => !Number.isNaN(at.data[k]))
  const lost = places.find((k) => !Number.isFinite(values.data[k]) || !Number.isFinite(at.data[k]))
  if (lost !== undefined) {
    throw wrongShape(
      `a number of "${values.name}" for every coordinate of "${at.name}"`,
      `none at [${i}, ${lost % width}]`,
    )
  }
  places.sort((a, b) => at.data[a]! - at.data[b]!)
  return {
    x: Float64Array.from(places, (k) => at.data[k]!),
    y: Float64Array.from(places, (k) => values.data[k]!),
  }
}

/** The function at `x`, linear between its own points. */
function interpolated({ x: own, y }: OwnPoints, x: number): number {
  let [low, high] = [0, own.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (own[middle]! <= x) low = middle
    else high = middle
  }
  const width = own[high]! - own[low]!
  return width === 0 ? y[low]! : y[low]! + ((x - own[low]!) / width) * (y[high]! - y[low]!)
}

/**
 * Puts functions of one coordinate, each known at its own points, on common points: equally spaced ones of the interval
 * that all of them cover, or given ones in any order. Interpolation is linear, with an error of O(h²) for the widest
 * gap h. A shorter function is padded with NaN in both arrays.
 *
 * @param values [functions, most points]
 * @param at the coordinates, of the same shape, in any order
 * @param common the number of common points, or the points, such as those of functions that were aligned before;
 *   default: the median of the numbers of own points
 * @throws DATA_SHAPE if the arrays do not fit together, a function has fewer than two points or does not cover the
 *   given points, or no interval is common; DATA_NOT_FINITE for given points that are not finite; INVALID_OPTION for
 *   `common` of another type
 */
export function alignOnLine(values: NamedArray, at: NamedArray, common?: number | Float64Array): Aligned {
  checkCommon(common)
  const [functions, width] = values.shape
  const fits = values.shape.length === 2 && at.shape.length === 2 && at.shape[0] === functions && at.shape[1] === width
  if (!fits || functions === undefined) {
    throw wrongShape(
      'values and their own coordinates, both [functions × points]',
      `${shapeText(values)}, ${shapeText(at)}`,
    )
  }
  const rows = Array.from({ length: functions }, (_, i) => rowOf(values, at, i))
  const short = rows.findIndex(({ x }) => x.length < 2)
  if (short >= 0)
    throw wrongShape(
      'at least two points of every function',
      `${rows[short]!.x.length} in row ${short} of "${at.name}"`,
    )
  const points = typeof common === 'object' ? covered(rows, common, at.name) : commonPoints(rows, common, at.name)
  const data = new Float64Array(functions * points.length)
  for (const [i, row] of rows.entries())
    for (const [k, x] of points.entries()) data[i * points.length + k] = interpolated(row, x)
  return { values: { name: values.name, shape: [functions, points.length], data }, points }
}

/** @throws DATA_NOT_FINITE, INVALID_OPTION */
function checkCommon(common: number | Float64Array | undefined): void {
  const counts = typeof common === 'number' && Number.isInteger(common) && common >= 2
  if (common === undefined || counts) return
  if (!(common instanceof Float64Array) || common.length === 0) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `common points as ${describeValue(common)}; give a whole number of at least 2, or the points as a Float64Array that is not empty`,
    )
  }
  checkFinite({ name: 'common points', shape: [common.length], data: common })
}

/** Given points, which every function must cover: a value beyond the own points of a function would be a guess. */
function covered(rows: readonly OwnPoints[], points: Float64Array, name: string): Float64Array {
  const low = points.reduce((a, b) => Math.min(a, b))
  const high = points.reduce((a, b) => Math.max(a, b))
  const slack = 1e-9 * (high - low)
  const short = rows.findIndex(({ x }) => x[0]! > low + slack || x.at(-1)! < high - slack)
  if (short < 0) return points
  const { x } = rows[short]!
  throw wrongShape(
    `functions that cover [${low}, ${high}], where the others are known`,
    `row ${short} of "${name}" covers [${x[0]!}, ${x.at(-1)!}]`,
  )
}

/** Equally spaced points of the interval that all functions cover. */
function commonPoints(rows: readonly OwnPoints[], count: number | undefined, name: string): Float64Array {
  const low = rows.reduce((most, { x }) => Math.max(most, x[0]!), -Infinity)
  const high = rows.reduce((least, { x }) => Math.min(least, x.at(-1)!), Infinity)
  if (!(low < high)) {
    throw wrongShape(
      `an interval that all functions cover in "${name}"`,
      `one function begins at ${low} and another ends at ${high}`,
    )
  }
  const numbers = rows.map(({ x }) => x.length).sort((a, b) => a - b)
  return nodesOf({ low, high, count: count ?? numbers[numbers.length >> 1]! })
}
