/** A prediction as a file. */
import { stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import type { InputColumn } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { encodeNpy } from '@spikeward/problems/node'
import { makeOutputFolder, writingTo } from '../run/prepareFolder.js'
import { usageError } from '../../usage/usageError.js'

/** The predicted values and their points. */
export type PredictionFile = {
  readonly run: string
  readonly problem: string
  /** Whether functions were predicted, or points. */
  readonly kind: 'functions' | 'points'
  /** Functions, or 1 if there are none. */
  readonly functions: number
  /** Names of the coordinates. */
  readonly axes: readonly string[]
  /** The columns that the coordinates come from, whose categories a table has as texts; absent: all are numbers. */
  readonly columns?: readonly InputColumn[]
  /** [points, axes], flat. */
  readonly coordinates: Float64Array
  /** The grid that the points form, or their number. */
  readonly grid: readonly number[]
  readonly outputs: number
  /** Their names in a table; default: u, or u_0, u_1, … */
  readonly names?: readonly string[]
  /** Names of classes, whose probabilities the values are; absent: they are none. */
  readonly classes?: readonly string[]
  /** [functions, points, outputs], flat; NaN at points outside the domain. */
  readonly values: Float64Array
  /** From a reference solver, with the shape of `values`; null if there is none. */
  readonly reference: Float64Array | null
  /** Intervals, with the shape of `values`; absent: none were asked for. */
  readonly interval?: { readonly level: number; readonly lower: Float64Array; readonly upper: Float64Array }
  /** The numbers of the points outside the domain, from 0, of which NaN is an empty cell; absent for functions. */
  readonly outside?: readonly number[]
}

const shapeOf = ({ functions, grid, outputs }: PredictionFile): number[] => [
  functions,
  ...grid,
  ...(outputs > 1 ? [outputs] : []),
]

/**
 * A title as a field of a CSV file: in quotes if another reader would take a part of it for a separator, a comment or a
 * blank.
 */
const quoted = (title: string): string =>
  /[",;\t\r\n#]|^\s|\s$/.test(title) ? `"${title.replaceAll('"', '""')}"` : title

/**
 * The coordinates of a point in a table: numbers, and the text of a category; an empty cell where a mean stands for a
 * missing one.
 */
function cellsOf(columns: readonly InputColumn[], at: Float64Array): (number | string)[] {
  let begin = 0
  return columns.map(({ levels }) => {
    if (levels === null) return at[begin++]!
    const own = at.subarray(begin, (begin += levels.length))
    return quoted(levels[own.indexOf(1)] ?? '')
  })
}

/** The most probable class of each point. */
const classesOf = ({ classes = [], values }: PredictionFile): string[] =>
  Array.from({ length: values.length / classes.length }, (_, i) => {
    const own = values.subarray(i * classes.length, (i + 1) * classes.length)
    return classes[own.indexOf(Math.max(...own))]!
  })

/**
 * One row per point, and per function if there are some: the number of the function, the coordinates, the values. The
 * values of a point outside the domain are empty cells. Of classes, the most probable one precedes their probabilities.
 */
function toCsv(p: PredictionFile): string {
  const { axes, outputs, functions, values, coordinates, reference, interval } = p
  const inputs = p.columns ?? axes.map((name) => ({ name, levels: null, fill: null }))
  const points = values.length / functions / outputs
  const columnsOf = (name: string): string[] =>
    outputs === 1 ? [name] : Array.from({ length: outputs }, (_, o) => `${name}_${o}`)
  const columns = p.names ?? columnsOf('u')
  const head = [
    ...(p.kind === 'functions' ? ['function'] : []),
    ...inputs.map(({ name }) => name),
    ...(p.classes === undefined ? [] : ['class']),
    ...columns,
    ...(interval === undefined ? [] : ['lower', 'upper'].flatMap((end) => columns.map((name) => `${name}_${end}`))),
    ...(reference === null ? [] : columnsOf('reference')),
  ]
  const outside = new Set(p.outside)
  const classes = p.classes === undefined ? null : classesOf(p).map(quoted)
  const lines = [head.map(quoted).join(',')]
  for (let f = 0; f < functions; f++) {
    for (let i = 0; i < points; i++) {
      const at = (f * points + i) * outputs
      const row = [
        ...(p.kind === 'functions' ? [f] : []),
        ...cellsOf(inputs, coordinates.subarray(i * axes.length, (i + 1) * axes.length)),
        ...(classes === null ? [] : [classes[i]]),
        ...[values, ...(interval === undefined ? [] : [interval.lower, interval.upper])].flatMap((of) =>
          [...of.subarray(at, at + outputs)].map((value) => (outside.has(i) && Number.isNaN(value) ? '' : value)),
        ),
        ...(reference?.subarray(at, at + outputs) ?? []),
      ]
      lines.push(row.join(','))
    }
  }
  return `${lines.join('\n')}\n`
}

function toJson(p: PredictionFile): string {
  const { run, problem, axes, coordinates, values, reference } = p
  const numbers = (a: Float64Array | null): number[] | null => (a === null ? null : [...a])
  const interval =
    p.interval === undefined
      ? {}
      : { level: p.interval.level, lower: numbers(p.interval.lower), upper: numbers(p.interval.upper) }
  const record = { run, problem, shape: shapeOf(p), axes, coordinates: numbers(coordinates), values: numbers(values) }
  const classes = p.classes === undefined ? {} : { classes: p.classes, predicted: classesOf(p) }
  return `${JSON.stringify({ ...record, ...classes, ...interval, reference: numbers(reference) })}\n`
}

const formats: Readonly<Record<string, (p: PredictionFile) => string | Uint8Array>> = {
  '.npy': (p) => encodeNpy({ shape: shapeOf(p), data: p.values }),
  '.csv': toCsv,
  '.json': toJson,
}

/**
 * Refuses an existing file, or an unsupported format, before anything is computed.
 *
 * @param intervals whether the prediction has intervals, which .npy cannot hold
 */
export async function checkOut(path: string, force: boolean, intervals = false): Promise<void> {
  if (intervals && extname(path) === '.npy')
    throw usageError('CLI_USAGE', `${path}: intervals are written as .csv or .json; name such a file with --out`)
  if (!Object.hasOwn(formats, extname(path)))
    throw usageError(
      'CLI_USAGE',
      `${path}: a prediction is written as ${Object.keys(formats).join(', ')}; name such a file with --out`,
    )
  const facts = await stat(path).catch(() => null)
  if (facts?.isDirectory() === true)
    throw usageError('CLI_FOLDER_IN_USE', `${path} is a folder; name a file with --out`)
  if (facts !== null && !force)
    throw usageError(
      'CLI_FOLDER_IN_USE',
      `${path} already exists; nothing was overwritten; name another file, or give --force`,
    )
}

/** Writes a prediction atomically. */
export async function writePrediction(path: string, prediction: PredictionFile): Promise<void> {
  const format = formats[extname(path)]
  if (format === undefined) return checkOut(path, true)
  await makeOutputFolder(dirname(path))
  await writingTo(path, () => writeWhole(path, format(prediction)))
}
