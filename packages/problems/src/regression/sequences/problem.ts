import { type InputColumn, type PointSet, type RegressionProblem, SpikewardError } from '@spikeward/core'
import { type NamedArray, checkFinite, checkArray, shapeText, wrongShape } from '../../splits/namedArray.js'
import { type Split, checkSplit } from '../../checks.js'
import { type SplitFractions, permutation, sizesOf } from '../../splits/splitRows.js'
import { type Piece, piecesOf } from './piecesOf.js'

/** Options of {@link sequenceProblem}. */
export type SequenceProblemOptions = {
  readonly name: string
  /** [sequences, time, channels]; or a table of rows [rows, channels] or [rows], in the order of time. */
  readonly inputs: NamedArray
  /** The columns of a table that the channels come from, if one is a category. */
  readonly columns?: readonly InputColumn[]
  /**
   * The numbers to predict at each step: the same shape, with channels of its own. With `classes`, the number of the
   * class from 0: of each row, or [sequences].
   */
  readonly outputs: NamedArray
  /** Names of classes: each sequence has one of them, which is to be found from its rows. */
  readonly classes?: readonly string[]
  /** Of a table: the time of each row, which increases; a gap of more than 1.5 median intervals parts two sequences. */
  readonly time?: NamedArray
  /**
   * Whether rows are not equally spaced: a step then reads the time since the row before, in median intervals, as one
   * more channel of each of its rows (1 in the first row of a sequence), and a gap has more than 10 median intervals.
   * Default false.
   */
  readonly elapsed?: boolean
  /**
   * Whether inputs may be missing (NaN), such as those of a channel that is sampled more slowly: each then has its last
   * value, and a sequence begins where every input has one. Default false: a missing number is an error.
   */
  readonly hold?: boolean
  /** Of a table: a number for each row that names its run; a run is a sequence. */
  readonly runs?: NamedArray
  /** Steps that the targets lie ahead of the inputs. Default 0. */
  readonly horizon?: number
  /** Rows of the sequence that a step reads at once, the latest first. Default 8. */
  readonly delays?: number
  /**
   * Steps of a window that have targets. Default 32; with classes, windows have the length of the shortest sequence.
   */
  readonly window?: number
  /** Steps before them, which only set the state of a network. Default 32; with classes, half of the window. */
  readonly warmUp?: number
  /** Fractions for validation and test. Default 0.1 and 0.2. */
  readonly split?: SplitFractions
  /** The key that assigns sequences to the three sets, if there are ten or more. Default 0. */
  readonly key?: number
}

/** Sequences from which whole ones are held back; of fewer, the last part of each. */
const ENOUGH = 10

type Parts = Readonly<Record<Split, readonly Piece[]>>

/**
 * A regression problem from sequences. A sample is a window of `warmUp + window` steps with inputs (x_t, x_{t−1}, …),
 * `delays` rows of them; its targets are y_{t + horizon} at the last `window` steps. With
 * `--inputs y --outputs y --horizon h` it is a forecast. Each step has targets in one window, and windows do not
 * reach over gaps or from one sequence into another.
 *
 * Of ten sequences or more, whole ones are held back for validation and test, by `key`. Of fewer, each is cut in time:
 * the first part is for the training, then validation, the last for the test; no window reaches over a cut.
 *
 * Sequences with classes are always held back whole, of each class nearly the same share, and each gives one window, of
 * its last rows. The target of a window is then 1 for its class and 0 for others.
 *
 * @throws DATA_SHAPE if arrays do not fit together, or are too short for a window in each set; DATA_NOT_FINITE;
 *   INVALID_OPTION for times that do not increase, impossible fractions, or a class that changes within a sequence
 * @example
 * const wave = { name: 'u', shape: [400], data: Float64Array.from({ length: 400 }, (_, t) => Math.sin(0.3 * t)) }
 * const problem = await sequenceProblem({ name: 'wave', inputs: wave, outputs: wave, horizon: 5, window: 10, warmUp: 10 })
 */
export async function sequenceProblem(options: SequenceProblemOptions): Promise<RegressionProblem> {
  const { name, inputs, horizon = 0, delays = 8, key = 0, split = {}, classes } = options
  const outputs = classes === undefined ? options.outputs : classOfRows(options.outputs, inputs, classes)
  for (const [array, what] of [
    [inputs, 'inputs'],
    [outputs, 'outputs'],
    [options.time, 'times'],
    [options.runs, 'runs'],
  ] as const) {
    if (array === undefined) continue
    checkArray(array, what)
    checkFinite(array === inputs && options.hold === true ? withoutGaps(array) : array)
  }
  const pieces = piecesOf({ ...options, outputs })
  const { window, warmUp } =
    classes === undefined ? { window: 32, warmUp: 32, ...definedSizes(options) } : wholeSizes(pieces, options, delays)
  checkCounts({ horizon, delays, window, warmUp })
  if (classes !== undefined)
    checkClasses(pieces, { name: outputs.name, classes, horizon, rows: warmUp + window + delays - 1 })
  const [columns, width] = [columnsOf(inputs) + (options.elapsed === true ? 1 : 0), columnsOf(outputs)]
  const channels = columns * delays
  const steps = warmUp + window
  const parts = await dealt(pieces, split, key, classes !== undefined)
  const sets = Object.fromEntries(
    Object.entries(parts).map(([of, own]) => {
      const windows = windowsOf(own, { columns, delays, width, warmUp, window, horizon, one: classes !== undefined })
      return [of, classes === undefined ? windows : withClasses(windows, window, classes.length)]
    }),
  ) as Record<Split, Windows>
  const shares = { train: 1, validation: 0.1, test: 0.2, ...split }
  const isWanted = (of: string): boolean =>
    of === 'train' ? shares.validation + shares.test < 1 : shares[of as Split] > 0
  const empty = Object.entries(sets).find(([of, { points }]) => points.count === 0 && isWanted(of))
  if (empty !== undefined) {
    const runs = new Set(pieces.map(({ run }) => run)).size
    const gaps = pieces.length - runs
    throw wrongShape(
      `sequences with at least one window of ${steps} + ${horizon} + ${delays - 1} rows for ${empty[0]}; give a smaller window, warm-up or horizon, more data, or another split${gaps > 0 && options.elapsed !== true ? `; the times have ${gaps} gaps, which end a sequence: if the rows are not equally spaced, set \`elapsed\` (--elapsed)` : ''}`,
      `${pieces.length} sequences of ${pieces
        .map(({ length }) => length)
        .slice(0, 5)
        .join(', ')} steps`,
    )
  }
  return {
    kind: 'regression',
    name,
    inputs: steps * channels,
    outputs: classes?.length ?? window * width,
    domain: Array.from({ length: steps }, () =>
      rangesOf((sets.train.points.count > 0 ? sets.train : sets.test).points.x, channels),
    ).flat(),
    window: {
      ...{ steps, scored: window, channels, delays, outputs: classes?.length ?? width, horizon },
      ...(classes === undefined ? {} : { classes }),
      ...(options.elapsed === true ? { elapsed: columns - 1 } : {}),
      ...(options.columns === undefined ? {} : { columns: options.columns }),
      autonomous: columns === width && classes === undefined && inputs.data.every((v, i) => v === outputs.data[i]),
      known: (of) => (horizon === 0 ? null : sets[of].known),
    },
    points(of) {
      checkSplit(name, 'points', of)
      return sets[of].points
    },
  }
}

/**
 * The last window of each sequence, [sequences, warmUp + window, delays, channels], and the number of its run, as a
 * network that was trained on classes reads new sequences.
 *
 * @throws those of {@link sequenceProblem}; DATA_SHAPE for a sequence with fewer rows than a window
 */
export function sequenceWindows({
  inputs,
  delays,
  window,
  warmUp,
  ...options
}: Pick<SequenceProblemOptions, 'inputs' | 'time' | 'runs' | 'elapsed' | 'hold'> &
  Required<Pick<SequenceProblemOptions, 'delays' | 'window' | 'warmUp'>>): {
  readonly x: Float64Array
  readonly runs: readonly number[]
} {
  checkArray(inputs, 'inputs')
  checkFinite(options.hold === true ? withoutGaps(inputs) : inputs)
  const outputs = classOfRows(
    { name: 'class', shape: [inputs.shape[0]!], data: new Float64Array(inputs.shape[0]!) },
    inputs,
    ['0'],
  )
  const pieces = piecesOf({ ...options, inputs, outputs })
  checkClasses(pieces, { name: 'class', classes: ['0'], horizon: 0, rows: warmUp + window + delays - 1 })
  const columns = columnsOf(inputs) + (options.elapsed === true ? 1 : 0)
  const { points } = windowsOf(pieces, { columns, delays, width: 1, warmUp, window, horizon: 0, one: true })
  return { x: points.x, runs: pieces.map(({ run }) => run) }
}

/** An array whose missing numbers are 0. */
const withoutGaps = (array: NamedArray): NamedArray => ({
  ...array,
  data: array.data.map((v) => (Number.isNaN(v) ? 0 : v)),
})

const definedSizes = ({ window, warmUp }: Pick<SequenceProblemOptions, 'window' | 'warmUp'>) => ({
  ...(window === undefined ? {} : { window }),
  ...(warmUp === undefined ? {} : { warmUp }),
})

/** Windows as long as the shortest sequence, whose second half has targets. */
function wholeSizes(
  pieces: readonly Piece[],
  { window, warmUp }: Pick<SequenceProblemOptions, 'window' | 'warmUp'>,
  delays: number,
): { readonly window: number; readonly warmUp: number } {
  const steps = Math.min(...pieces.map(({ length }) => length)) - (delays - 1)
  const first = warmUp ?? (window === undefined ? Math.floor(steps / 2) : Math.max(0, steps - window))
  return { warmUp: first, window: window ?? Math.max(1, steps - first) }
}

/**
 * The number of the class of each row, of numbers for rows or for sequences.
 *
 * @throws DATA_SHAPE for another number of them, or one that is no class
 */
function classOfRows(outputs: NamedArray, inputs: NamedArray, classes: readonly string[]): NamedArray {
  const [count = 0, steps = 0] = inputs.shape
  const bad = outputs.data.find((v) => classes[v] === undefined)
  if (bad !== undefined || outputs.data.length !== count)
    throw wrongShape(
      `the number of a class from 0 to ${classes.length - 1} for each of ${count} ${inputs.shape.length === 3 ? 'sequences' : 'rows'}`,
      bad === undefined ? shapeText(outputs) : `${bad} in "${outputs.name}"`,
    )
  if (inputs.shape.length !== 3) return outputs
  const data = new Float64Array(count * steps)
  for (let run = 0; run < count; run++) data.fill(outputs.data[run]!, run * steps, (run + 1) * steps)
  return { ...outputs, shape: [count, steps, 1], data }
}

function checkClasses(
  pieces: readonly Piece[],
  {
    name,
    classes,
    horizon,
    rows,
  }: { readonly name: string; readonly classes: readonly string[]; readonly horizon: number; readonly rows: number },
): void {
  if (horizon !== 0)
    throw new SpikewardError(
      'INVALID_OPTION',
      `sequenceProblem: a horizon of ${horizon} for classes; a class belongs to a whole sequence: leave the horizon out`,
    )
  for (const { y, from, length } of pieces) {
    const other = y.subarray(from, from + length).find((c) => c !== y[from])
    if (other !== undefined)
      throw new SpikewardError(
        'INVALID_OPTION',
        `"${name}" holds ${classes[y[from]!]!} and ${classes[other]!} in one sequence; a sequence has one class: name the column that numbers the sequences (--run-column)`,
      )
    if (length < rows)
      throw wrongShape(
        `sequences of at least ${rows} rows, since each is one window; give a smaller window, warm-up or delays, or leave them out`,
        `one of ${length} rows`,
      )
  }
}

/** One target for each window: 1 for its class. */
function withClasses({ points, known }: Windows, window: number, classes: number): Windows {
  const y = new Float64Array(points.count * classes)
  for (let w = 0; w < points.count; w++) y[w * classes + points.y[w * window]!] = 1
  return { points: { ...points, y }, known }
}

const columnsOf = ({ shape }: NamedArray): number => (shape.length === 3 ? shape[2]! : (shape[1] ?? 1))

function checkCounts(counts: Readonly<Record<'horizon' | 'delays' | 'window' | 'warmUp', number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    const least = name === 'window' || name === 'delays' ? 1 : 0
    if (Number.isSafeInteger(value) && value >= least) continue
    throw new SpikewardError(
      'INVALID_OPTION',
      `sequenceProblem: ${name} is ${value}; give a whole number from ${least}`,
    )
  }
}

/** Indices in an order whose every part has the classes in nearly the same shares as the whole. */
function stratified(order: readonly number[], classOf: (index: number) => number): number[] {
  const members = new Map<number, number[]>()
  for (const index of order) {
    const own = members.get(classOf(index))
    if (own === undefined) members.set(classOf(index), [index])
    else own.push(index)
  }
  return [...members.values()]
    .flatMap((own) => own.map((index, i) => ({ index, place: (i + 0.5) / own.length })))
    .sort((a, b) => a.place - b.place)
    .map(({ index }) => index)
}

/** Whole sequences by the key, with classes in the same shares in each set, or parts of each in the order of time. */
async function dealt(pieces: readonly Piece[], split: SplitFractions, key: number, classes: boolean): Promise<Parts> {
  const runs = [...new Set(pieces.map(({ run }) => run))]
  if (classes || runs.length >= ENOUGH) {
    const sizes = sizesOf(runs.length, split)
    const random = [...(await permutation(key, runs.length))]
    const classOf = new Map(pieces.map(({ run, y, from }) => [run, y[from]!]))
    const order = classes ? stratified(random, (r) => classOf.get(runs[r]!)!) : random
    const setOf = new Map(
      order.map((r, i) => [
        runs[r]!,
        i < sizes.train ? 'train' : i < sizes.train + sizes.validation ? 'validation' : 'test',
      ]),
    )
    const of = (set: Split): readonly Piece[] => pieces.filter(({ run }) => setOf.get(run) === set)
    return { train: of('train'), validation: of('validation'), test: of('test') }
  }
  const cut: Record<Split, Piece[]> = { train: [], validation: [], test: [] }
  for (const run of runs) {
    const own = pieces.filter((p) => p.run === run)
    const total = own.reduce((n, { length }) => n + length, 0)
    const { train, validation } = sizesOf(total, split)
    const borders = {
      train: [0, train],
      validation: [train, train + validation],
      test: [train + validation, total],
    } as const
    let at = 0
    for (const piece of own) {
      for (const [set, [low, high]] of Object.entries(borders)) {
        const [from, to] = [Math.max(low - at, 0), Math.min(high - at, piece.length)]
        if (from < to) cut[set as Split].push({ ...piece, from: piece.from + from, length: to - from })
      }
      at += piece.length
    }
  }
  return cut
}

interface Sizes {
  readonly columns: number
  readonly delays: number
  readonly width: number
  readonly warmUp: number
  readonly window: number
  readonly horizon: number
  /** Whether each piece gives one window, of its last rows. */
  readonly one: boolean
}

/** Windows, and what the targets were when their prediction was due. */
type Windows = { readonly points: PointSet; readonly known: Float64Array }

/** All windows of pieces, one after another. */
function windowsOf(pieces: readonly Piece[], sizes: Sizes): Windows {
  const { columns, delays, width, warmUp, window, horizon, one } = sizes
  const before = delays - 1 + warmUp
  const starts = pieces.flatMap(({ x, y, from, length }) => {
    if (one) return [{ x, y, first: from + length - window }]
    const count = Math.max(0, Math.floor((length - before - horizon) / window))
    return Array.from({ length: count }, (_, i) => ({ x, y, first: from + before + i * window }))
  })
  const steps = warmUp + window
  const xs = new Float64Array(starts.length * steps * columns * delays)
  const ys = new Float64Array(starts.length * window * width)
  const known = new Float64Array(ys.length)
  starts.forEach(({ x, y, first }, i) => {
    for (let s = 0; s < steps; s++)
      for (let d = 0; d < delays; d++) {
        const row = first - warmUp + s - d
        xs.set(x.subarray(row * columns, (row + 1) * columns), ((i * steps + s) * delays + d) * columns)
      }
    ys.set(y.subarray((first + horizon) * width, (first + horizon + window) * width), i * window * width)
    known.set(y.subarray(first * width, (first + window) * width), i * window * width)
  })
  return { points: { x: xs, y: ys, count: starts.length, grid: null }, known }
}

/** The range of each channel; one that never changes gets a range of length 1. */
function rangesOf(x: Float64Array, channels: number): (readonly [number, number])[] {
  return Array.from({ length: channels }, (_, c) => {
    let [low, high] = [Infinity, -Infinity]
    for (let i = c; i < x.length; i += channels) [low, high] = [Math.min(low, x[i]!), Math.max(high, x[i]!)]
    return low < high ? ([low, high] as const) : ([low - 0.5, low + 0.5] as const)
  })
}
