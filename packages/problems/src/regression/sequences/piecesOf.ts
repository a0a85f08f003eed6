import { SpikewardError } from '@spikeward/core'
import { type NamedArray, shapeText, wrongShape } from '../../splits/namedArray.js'

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
  readonly elapsed?: boolean
  readonly hold?: boolean
}

/** Median intervals above which an interval is a gap: of equally spaced rows, and of others. */
const [GAP, LONG_GAP] = [1.5, 10]

/**
 * The sequences of arrays, cut at gaps.
 *
 * @throws DATA_SHAPE, INVALID_OPTION for times that do not increase, or that are not there for `elapsed`
 */
export function piecesOf(arrays: SequenceArrays): readonly Piece[] {
  const { inputs, elapsed = false, hold = false } = arrays
  const [count = 0, steps = 0] = inputs.shape
  const pieces = cutAtGaps(arrays)
  return hold ? withLastValues(pieces, inputs.shape.length === 3 ? count * steps : count, elapsed) : pieces
}

function cutAtGaps({ inputs, outputs, time, runs, elapsed = false }: SequenceArrays): readonly Piece[] {
  const [x, y] = [inputs.data, outputs.data]
  if (elapsed && time === undefined)
    throw new SpikewardError(
      'INVALID_OPTION',
      'sequenceProblem: `elapsed` reads the time between rows, and no times are given; name the column of time (--time), or leave out elapsed',
    )
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
  const median = time === undefined ? 1 : medianInterval(time, names)
  const intervals = Float64Array.from({ length: rows }, (_, r) =>
    time === undefined || r === 0 || names[r] !== names[r - 1] ? 1 : (time.data[r]! - time.data[r - 1]!) / median,
  )
  const isFirst = (r: number): boolean =>
    r === 0 || names[r] !== names[r - 1] || intervals[r]! > (elapsed ? LONG_GAP : GAP)
  const begins = Array.from({ length: rows }, (_, r) => r).filter(isFirst)
  const read = elapsed ? withColumn(x, rows, (r) => (isFirst(r) ? 1 : intervals[r]!)) : x
  return begins.map((from, i) => ({ x: read, y, run: names[from]!, from, length: (begins[i + 1] ?? rows) - from }))
}

/** Missing inputs have the last value before them; a sequence begins at the first row where each input has one. */
function withLastValues(pieces: readonly Piece[], rows: number, elapsed: boolean): readonly Piece[] {
  const values = pieces[0]?.x.slice() ?? new Float64Array()
  const width = values.length / rows
  return pieces.map(({ y, run, from, length }) => {
    const [first, end] = [from * width, (from + length) * width]
    for (let i = first + width; i < end; i++) if (Number.isNaN(values[i]!)) values[i] = values[i - width]!
    let begin = from
    while (begin < from + length && values.subarray(begin * width, (begin + 1) * width).some(Number.isNaN)) begin++
    if (elapsed && begin < from + length) values[(begin + 1) * width - 1] = 1
    return { x: values, y, run, from: begin, length: from + length - begin }
  })
}

/** Rows with one more number each. */
function withColumn(x: Float64Array, rows: number, of: (row: number) => number): Float64Array {
  const width = x.length / rows
  const wider = new Float64Array(rows * (width + 1))
  for (let r = 0; r < rows; r++) {
    wider.set(x.subarray(r * width, (r + 1) * width), r * (width + 1))
    wider[(r + 1) * (width + 1) - 1] = of(r)
  }
  return wider
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
