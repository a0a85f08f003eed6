import { SpikewardError } from '@spikeward/core'
import { shapeText, wrongShape } from '../../splits/namedArray.js'
import type { NamedArray } from '../../splits/namedArray.js'

/** Steps of a sequence without a gap: `length` rows of x and y from row `from` on. */
export interface Piece {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly run: number
  readonly from: number
  readonly length: number
}

/** The arrays of {@link piecesOf}. */
export interface SequenceArrays {
  readonly inputs: NamedArray
  readonly outputs: NamedArray
  readonly time?: NamedArray
  readonly runs?: NamedArray
}

/** An interval of this many median intervals is a gap. */
const GAP = 1.5

/**
 * The sequences of arrays, cut at gaps.
 *
 * @throws DATA_SHAPE, INVALID_OPTION for times that do not increase
 */
export function piecesOf({ inputs, outputs, time, runs }: SequenceArrays): readonly Piece[] {
  const [x, y] = [inputs.data, outputs.data]
  if (inputs.shape.length === 3) {
    const [count, steps] = inputs.shape as [number, number]
    if (outputs.shape.length !== 3 || outputs.shape[0] !== count || outputs.shape[1] !== steps)
      throw wrongShape(`outputs of [${count} × ${steps} × n], as ${shapeText(inputs)}`, shapeText(outputs))
    if (time !== undefined || runs !== undefined)
      throw wrongShape('a table of rows for a column of times or runs', shapeText(inputs))
    return Array.from({ length: count }, (_, run) => ({ x, y, run, from: run * steps, length: steps }))
  }
  const [rows = 0] = inputs.shape
  for (const array of [inputs, outputs, time, runs])
    if (array !== undefined && (array.shape[0] !== rows || array.shape.length > 2))
      throw wrongShape(`${rows} rows, as ${shapeText(inputs)}`, shapeText(array))
  const names = runs?.data ?? new Float64Array(rows)
  const limit = time === undefined ? Infinity : GAP * medianInterval(time, names)
  const begins = Array.from({ length: rows }, (_, r) => r).filter(
    (r) => r === 0 || names[r] !== names[r - 1] || (time !== undefined && time.data[r]! - time.data[r - 1]! > limit),
  )
  return begins.map((from, i) => ({ x, y, run: names[from]!, from, length: (begins[i + 1] ?? rows) - from }))
}

/** The median time between two rows of a run. */
function medianInterval({ name, data }: NamedArray, runs: Float64Array): number {
  const intervals: number[] = []
  for (let r = 1; r < data.length; r++) {
    if (runs[r] !== runs[r - 1]) continue
    const interval = data[r]! - data[r - 1]!
    if (!(interval > 0))
      throw new SpikewardError(
        'INVALID_OPTION',
        `"${name}" holds ${data[r]!} in row ${r + 1} after ${data[r - 1]!}; times increase within a run: sort the rows, or name the column of runs`,
      )
    intervals.push(interval)
  }
  return intervals.sort((a, b) => a - b)[Math.floor(intervals.length / 2)] ?? Infinity
}
