import { type InputColumn, type PointSet, type RegressionProblem, SpikewardError } from '@spikeward/core'
import { type NamedArray, checkFinite, checkArray, gatherRows, shapeText, wrongShape } from '../../splits/namedArray.js'
import { type Split, SPLITS, checkSplit } from '../../checks.js'
import { type SplitFractions, permutation, sizesOf } from '../../splits/splitRows.js'

type Rows = Readonly<Record<Split, readonly number[]>>

/** Options of {@link tableProblem}. */
export type TableProblemOptions = {
  readonly name: string
  /** [rows, inputs], or [rows] for one input. */
  readonly inputs: NamedArray
  /** [rows, outputs], or [rows] for one output. */
  readonly outputs: NamedArray
  /** The key that assigns rows to the three sets. Default 0. */
  readonly key?: number
  /**
   * Fractions for validation and test (default 0.1 and 0.2), or [rows]: 0 for training, 1 for validation, 2 for test.
   */
  readonly split?: SplitFractions | NamedArray
  /** The columns that the inputs come from, in their order; a category gives one input for each level. */
  readonly columns?: readonly InputColumn[]
  /** The titles of the columns that the outputs come from. */
  readonly outputColumns?: readonly string[]
  /**
   * The treatment of rows that lack values, which are NaN: `drop` leaves them out; `mean` puts the mean of the training
   * rows in the place of an input, and leaves rows without an output out. Default: NaN is an error, unless the column
   * has its own `fill`.
   */
  readonly missing?: 'drop' | 'mean'
}

/**
 * A regression problem from a table: each row holds inputs x and measured outputs y. Only data exist, so the problem
 * has no exact target. Rows with equal inputs (repeated measurements) go to the same set: the sets share no point. The
 * domain is the range of the inputs; an input that never changes gets a range of length 1. A set may be empty:
 * fractions of 0 leave all rows to the training, in their order. Means that fill gaps are those of the training rows.
 *
 * @throws DATA_SHAPE if arrays do not fit together; DATA_NOT_FINITE; INVALID_OPTION if the fractions are
 *   impossible or a split column contains other numbers; SPLITS_OVERLAP if it puts equal inputs into two sets
 * @example
 * const inputs = { name: 'x', shape: [4], data: Float64Array.of(0, 1, 2, 3) }
 * const problem = await tableProblem({ name: 'line', inputs, outputs: { ...inputs, name: 'y' }, split: { validation: 0.25, test: 0.25 } })
 */
export async function tableProblem(options: TableProblemOptions): Promise<RegressionProblem> {
  const { name, key = 0, columns, outputColumns, missing } = options
  checkArray(options.inputs, 'inputs')
  checkArray(options.outputs, 'outputs')
  if (options.split !== undefined && 'data' in options.split) checkArray(options.split, 'a split column')
  const { inputs, outputs, split = {} } = withoutGaps(options)
  const [rows, width] = tableShape(inputs, 'inputs')
  const [measured, components] = tableShape(outputs, 'outputs')
  if (measured !== rows) throw wrongShape(`${rows} rows of outputs, as ${shapeText(inputs)}`, shapeText(outputs))
  checkFinite(outputs)
  const known = columns?.flatMap(({ levels, fill }) => fill ?? new Array<number>(levels?.length ?? 1).fill(NaN))
  if (missing !== 'mean' && known === undefined) checkFinite(inputs)
  const groups = groupsOf(inputs.data, rows, width)
  const dealt = 'data' in split ? byColumn(split, rows, groups) : await byFractions(split, key, groups)
  const fills = missing === 'mean' ? meansOf(inputs.data, dealt.train, width) : (known ?? [])
  const x = inputs.data.map((v, i) => (Number.isNaN(v) ? (fills[i % width] ?? v) : v))
  checkFinite({ ...inputs, data: x })
  const setOf = (of: readonly number[]): PointSet => ({
    x: gatherRows(x, of, width),
    y: gatherRows(outputs.data, of, components),
    count: of.length,
    grid: null,
  })
  const left = (options.inputs.shape[0] ?? 0) - rows
  const sets = { train: setOf(dealt.train), validation: setOf(dealt.validation), test: setOf(dealt.test) }
  const domain = Array.from({ length: width }, (_, i) => rangeOf(x, i, width))
  return {
    kind: 'regression',
    name,
    inputs: width,
    outputs: components,
    domain,
    ...(columns === undefined ? {} : { columns: missing === 'mean' ? withFills(columns, fills) : columns }),
    ...(outputColumns === undefined ? {} : { outputColumns }),
    ...(left === 0 ? {} : { notes: [`${left} of ${left + rows} rows lack a value and were left out`] }),
    points(split) {
      checkSplit(name, 'points', split)
      return sets[split]
    },
  }
}

/** The rows that have all values, or with `mean` all outputs. */
function withoutGaps({
  inputs,
  outputs,
  split,
  missing,
}: TableProblemOptions): Pick<TableProblemOptions, 'inputs' | 'outputs' | 'split'> {
  const sides = split === undefined ? {} : { split }
  if (missing === undefined) return { inputs, outputs, ...sides }
  const [rows, measured] = [inputs.shape[0] ?? 0, outputs.shape[0] ?? 0]
  if (measured !== rows) throw wrongShape(`${rows} rows of outputs, as ${shapeText(inputs)}`, shapeText(outputs))
  const widthOf = (array: NamedArray): number => array.data.length / rows
  const lacks = (array: NamedArray, r: number): boolean =>
    array.data.subarray(r * widthOf(array), (r + 1) * widthOf(array)).some(Number.isNaN)
  const complete = Array.from({ length: rows }, (_, r) => r).filter(
    (r) => !lacks(outputs, r) && (missing === 'mean' || !lacks(inputs, r)),
  )
  if (complete.length === 0) throw wrongShape('a row that has all values', `none of ${rows}`)
  const of = (array: NamedArray): NamedArray => ({
    name: array.name,
    shape: [complete.length, ...array.shape.slice(1)],
    data: gatherRows(array.data, complete, widthOf(array)),
  })
  return {
    inputs: of(inputs),
    outputs: of(outputs),
    ...(split !== undefined && 'data' in split ? { split: of(split) } : sides),
  }
}

/** The mean of each input over the rows that have it. */
function meansOf(x: Float64Array, rows: readonly number[], width: number): readonly number[] {
  return Array.from({ length: width }, (_, i) => {
    const values = rows.map((r) => x[r * width + i]!).filter((v) => !Number.isNaN(v))
    return values.reduce((sum, v) => sum + v, 0) / values.length
  })
}

/** Columns with the values that fill their gaps. */
function withFills(columns: readonly InputColumn[], fills: readonly number[]): readonly InputColumn[] {
  let at = 0
  return columns.map((column) => ({ ...column, fill: fills.slice(at, (at += column.levels?.length ?? 1)) }))
}

/** Rows and columns of an array. */
function tableShape(array: NamedArray, what: string): readonly [number, number] {
  const [rows = 0, columns = 1] = array.shape
  if (array.shape.length > 2 || rows * columns === 0) throw wrongShape(`${what} of [rows × columns]`, shapeText(array))
  return [rows, columns]
}

/** For each row the first row with the same inputs, in the precision in which networks read them. */
function groupsOf(x: Float64Array, rows: number, width: number): readonly number[] {
  const rounded = Float32Array.from(x)
  const first = new Map<string, number>()
  return Array.from({ length: rows }, (_, r) => {
    // + 0 turns −0 into 0.
    const id = Array.from(rounded.subarray(r * width, (r + 1) * width), (v) => v + 0).join(',')
    const row = first.get(id) ?? r
    first.set(id, row)
    return row
  })
}

/**
 * Rows in the order of a permutation, equal inputs together; a group belongs to the set in which it begins. Rows that
 * are all of the training stay in their order.
 */
async function byFractions(fractions: SplitFractions, key: number, groups: readonly number[]): Promise<Rows> {
  const sizes = sizesOf(groups.length, fractions)
  if (sizes.train === groups.length) return { train: [...groups.keys()], validation: [], test: [] }
  const members = new Map<number, number[]>()
  for (const r of await permutation(key, groups.length)) {
    const group = members.get(groups[r]!)
    if (group === undefined) members.set(groups[r]!, [r])
    else group.push(r)
  }
  const dealt: Record<Split, number[]> = { train: [], validation: [], test: [] }
  let start = 0
  for (const group of members.values()) {
    const set = start < sizes.train ? 'train' : start < sizes.train + sizes.validation ? 'validation' : 'test'
    // One by one: a call takes a limited number of arguments, and a table any number of equal rows.
    for (const r of group) dealt[set].push(r)
    start += group.length
  }
  return dealt
}

/** Rows by the number that a column holds. */
function byColumn(column: NamedArray, rows: number, groups: readonly number[]): Rows {
  if (column.data.length !== rows) throw wrongShape(`a split column of ${rows} rows`, shapeText(column))
  const dealt: Record<(typeof SPLITS)[number], number[]> = { train: [], validation: [], test: [] }
  for (const [r, value] of column.data.entries()) {
    const set = SPLITS[value]
    if (set === undefined) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `"${column.name}" holds ${value} in row ${r + 1}; a split column holds 0 for training, 1 for validation and 2 for test`,
      )
    }
    const earlier = groups[r]!
    if (column.data[earlier] !== value) {
      throw new SpikewardError(
        'SPLITS_OVERLAP',
        `rows ${earlier + 1} and ${r + 1} have the same inputs, and "${column.name}" puts them into ${SPLITS[column.data[earlier]!]} and ${set}; ` +
          'an error measured there is meaningless; put them into one set',
      )
    }
    dealt[set].push(r)
  }
  return dealt
}

function rangeOf(x: Float64Array, input: number, width: number): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (let i = input; i < x.length; i += width) [low, high] = [Math.min(low, x[i]!), Math.max(high, x[i]!)]
  return low < high ? [low, high] : [low - 0.5, low + 0.5]
}
