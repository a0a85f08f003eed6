/** The source of the input functions of a prediction: a file, an expression, or the problem's random functions. */
import { SpikewardError, decodeOption, key as keyOf } from '@spikeward/core'
import type { OperatorProblem, SourceFunction } from '@spikeward/core'
import { openDataFile } from '@spikeward/problems/node'
import type { NdArray } from '@spikeward/problems/node'
import { namesIn } from '../experiment/ownData.js'
import { usageError } from '../usage/usageError.js'
import { keyOption } from '../config/controlSettings.js'
import { parseFormula } from './parseFormula.js'

/** Names of the axes along which input functions are read. */
const axisNames = ['x', 'y', 'z'] as const

/** A file of columns, in which `first:last` names several columns as one array. */
export const isTable = (path: string): boolean => /\.(csv|tsv)$/i.test(path)

/** Reads one array of a file: the named one, or the only one; of a table of plain columns, all of them. */
export async function readArray(path: string, name: string | undefined): Promise<NdArray & { readonly name: string }> {
  const file = await openDataFile(path)
  try {
    const names = [...file.names.keys()]
    const columns = isTable(path) && [...file.names.values()].every((shape) => shape?.length === 1)
    const all = columns ? `${names[0]}:${names.at(-1)}` : undefined
    const wanted = name ?? (names.length === 1 ? names[0] : all)
    if (wanted === undefined) {
      throw usageError('CLI_USAGE', `${path} has several arrays; name one with --inputs: ${await namesIn(path)}`)
    }
    return { ...(await file.read(wanted)), name: wanted }
  } finally {
    await file.close()
  }
}

/** An array of points: if points have several coordinates, one column of a table is not a point. */
export const asPoints = <A extends NdArray>(array: A, coordinates: number, path: string): A =>
  isTable(path) && array.shape.length === 1 && coordinates > 1 ? { ...array, shape: [array.shape[0]!, 1] } : array

/** Rows of `width` numbers. One row may lack its first axis. Throws DATA_SHAPE. */
export function rowsIn(
  { name, shape, data }: NdArray & { readonly name: string },
  width: number,
  what: string,
): { readonly rows: Float64Array; readonly count: number } {
  const count = data.length / width
  const fits = data.length > 0 && (shape.length === 1 ? data.length === width || width === 1 : shape[0] === count)
  if (!fits) {
    throw new SpikewardError('DATA_SHAPE', `expected ${what}; found: "${name}" is [${shape.join(' × ')}]`)
  }
  const bad = data.findIndex((v) => !Number.isFinite(v))
  if (bad >= 0)
    throw new SpikewardError('DATA_NOT_FINITE', `"${name}" holds ${data[bad]} in row ${Math.floor(bad / width)}`)
  return { rows: data, count }
}

/** The number after `key:`. */
function keyIn(text: string): number {
  try {
    return decodeOption('--function', 'key', keyOption, text)
  } catch (error) {
    throw usageError('CLI_BAD_VALUE', `--function key:${text}: ${error instanceof Error ? error.message : ''}`)
  }
}

/** An input function from the command line: an expression in the coordinates, or `key:7` for a random one. */
export async function functionOf(text: string, { generator, sensors, name }: OperatorProblem): Promise<SourceFunction> {
  const drawn = /^key:(.*)$/.exec(text.trim())
  if (drawn !== null) {
    if (generator === null)
      throw usageError('CLI_USAGE', `${name} has no random functions; give an expression or --data`)
    const [f] = await generator.sample(keyOf(keyIn(drawn[1] ?? '')), 1)
    if (f === undefined) throw usageError('CLI_USAGE', `${name} gave no function for ${text}`)
    return f
  }
  const names = axisNames.slice(0, sensors.axes)
  const f = parseFormula(text, names)
  return (points) =>
    Float64Array.from({ length: points.length / sensors.axes }, (_, i) =>
      f(Object.fromEntries(names.map((axis, a) => [axis, points[i * sensors.axes + a] ?? 0]))),
    )
}
