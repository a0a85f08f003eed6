/** The source of the input functions of a prediction: a file, an expression, or the problem's random functions. */
import { SpikewardError, decodeOption, key as keyOf } from '@spikeward/core'
import type { InputColumn, OperatorProblem, Sensors, SourceFunction } from '@spikeward/core'
import { alignOnLine, hasArray, openDataFile, readArrays, readColumns, readInputsLike } from '@spikeward/problems/node'
import type { NdArray } from '@spikeward/problems/node'
import { namesIn } from '../assembly/data/ownData.js'
import { usageError } from '../../usage/usageError.js'
import { keyOption } from '../../config/settings/controlSettings.js'
import { parseFormula } from '../../prediction/parseFormula.js'
import type { Io } from '../../io/io.js'

const axisNames = ['x', 'y', 'z'] as const

/** A file of columns, in which `first:last` names several columns as one array. */
export const isColumnFile = (path: string): boolean => /\.(csv|tsv)$/i.test(path)

/** Reads one array of a file: the named one, else the only one, else all columns of a table of plain columns. */
export async function readArray(path: string, name: string | undefined): Promise<NdArray & { readonly name: string }> {
  const file = await openDataFile(path)
  try {
    const names = [...file.names.keys()]
    const columns = isColumnFile(path) && [...file.names.values()].every((shape) => shape?.length === 1)
    const all = columns ? `${names[0]}:${names.at(-1)}` : undefined
    const wanted = name ?? (names.length === 1 ? names[0] : all)
    if (wanted === undefined)
      throw usageError('CLI_USAGE', `${path} has several arrays; name one with --inputs: ${await namesIn(path)}`)
    return { ...(await file.read(wanted)), name: wanted }
  } finally {
    await file.close()
  }
}

/**
 * Reads the input functions of an operator: one array; `f@s` for functions with sensors of their own, put on those of
 * the problem; or `f+g` for several functions, side by side as the problem's sensors.
 *
 * @throws DATA_SHAPE
 */
export async function readFunctions(
  path: string,
  name: string | undefined,
  { count, functions, x }: Sensors,
): Promise<{ readonly rows: Float64Array; readonly count: number }> {
  const [, values, at] = /^(.+)@([^@:]+)(?::\d+)?$/.exec(name ?? '') ?? []
  if (functions === undefined && values !== undefined && at !== undefined && !(await hasArray(path, name!))) {
    const [f, s] = await readArrays(path, [values, at])
    const { values: aligned } = alignOnLine({ ...f!, name: values }, { ...s!, name: at }, x)
    return rowsIn(aligned, count, `inputs of [functions × ${count} sensors]`)
  }
  const names = name?.split('+').map((one) => one.trim()) ?? []
  if (functions === undefined || names.length !== functions.length)
    return rowsIn(await readArray(path, name), count, `inputs of [functions × ${count} sensors]${severally(functions)}`)
  const arrays = await readArrays(path, names)
  const each = functions.map((one, i) =>
    rowsIn({ ...arrays[i]!, name: names[i]! }, one.count, `${one.name} of [functions × ${one.count} sensors]`),
  )
  const rows = each[0]?.count ?? 0
  const other = each.findIndex((one) => one.count !== rows)
  if (other > 0)
    throw new SpikewardError(
      'DATA_SHAPE',
      `expected as many functions in each array; found: ${rows} in "${names[0]}", ${each[other]!.count} in "${names[other]}"`,
    )
  const side = new Float64Array(rows * count)
  let start = 0
  functions.forEach((one, i) => {
    for (let r = 0; r < rows; r++)
      side.set(each[i]!.rows.subarray(r * one.count, (r + 1) * one.count), r * count + start)
    start += one.count
  })
  return { rows: side, count: rows }
}

const severally = (functions: Sensors['functions']): string =>
  functions === undefined
    ? ''
    : `, or --inputs with ${functions.length} arrays: ${functions.map((one) => one.name).join('+')}`

/** An array of points: if points have several coordinates, one column of a table is not a point. */
export const asPoints = <A extends NdArray>(array: A, coordinates: number, path: string): A =>
  isColumnFile(path) && array.shape.length === 1 && coordinates > 1 ? { ...array, shape: [array.shape[0]!, 1] } : array

/** Rows of `width` numbers. One row may lack its first axis. Throws DATA_SHAPE. */
export function rowsIn(
  { name, shape, data }: NdArray & { readonly name: string },
  width: number,
  what: string,
): { readonly rows: Float64Array; readonly count: number } {
  const count = data.length / width
  const fits = data.length > 0 && (shape.length === 1 ? data.length === width || width === 1 : shape[0] === count)
  if (!fits) throw new SpikewardError('DATA_SHAPE', `expected ${what}; found: "${name}" is [${shape.join(' × ')}]`)
  const bad = data.findIndex((v) => !Number.isFinite(v))
  if (bad >= 0)
    throw new SpikewardError(
      'DATA_NOT_FINITE',
      `"${name}" holds ${data[bad]} in row ${Math.floor(bad / width)}; give finite numbers`,
    )
  return { rows: data, count }
}

function keyIn(text: string): number {
  try {
    return decodeOption('--function', 'key', keyOption, text)
  } catch (error) {
    throw usageError('CLI_BAD_VALUE', `--function key:${text}: ${error instanceof Error ? error.message : ''}`)
  }
}

/**
 * An input function from the command line: an expression in the coordinates, or `key:7` for a random one. Several
 * functions are expressions with a semicolon between them.
 */
export async function functionOf(text: string, { generator, sensors, name }: OperatorProblem): Promise<SourceFunction> {
  const match = /^key:(.*)$/.exec(text.trim())
  if (match !== null) {
    if (generator === null)
      throw usageError('CLI_USAGE', `${name} has no random functions; give an expression or --data`)
    const [f] = await generator.sample(keyOf(keyIn(match[1] ?? '')), 1)
    if (f === undefined) throw usageError('CLI_USAGE', `${name} gave no function for ${text}`)
    return f
  }
  const { axes, functions } = sensors
  // With several functions the first coordinate is the number of the function.
  const own = functions === undefined ? 0 : 1
  const names = axisNames.slice(0, axes - own)
  const texts = functions === undefined ? [text] : text.split(';')
  if (functions !== undefined && texts.length !== functions.length)
    throw usageError(
      'CLI_EXPRESSION',
      `${texts.length} expressions; ${name} has ${functions.length} input functions: give one for each of ${functions.map((f) => f.name).join(', ')}, with a semicolon between them`,
    )
  const formulas = texts.map((one) => parseFormula(one, names))
  return (points) =>
    Float64Array.from({ length: points.length / axes }, (_, i) => {
      const f = formulas[own === 0 ? 0 : points[i * axes]!]!
      return f(Object.fromEntries(names.map((axis, a) => [axis, points[i * axes + own + a] ?? 0])))
    })
}

/**
 * Reads the points of a table by the names of their columns, in the order of the network. If the table has none of
 * these names and no column is a category, its columns are taken in their order. Null if the file is not a table of
 * columns.
 *
 * @throws CLI_USAGE if it has some of the names
 */
export async function readPointColumns(
  path: string,
  columns: readonly InputColumn[],
  io: Io,
): Promise<(NdArray & { readonly name: string }) | null> {
  if (!isColumnFile(path)) return null
  const names = columns.map(({ name }) => name)
  const file = await openDataFile(path)
  try {
    const absent = names.filter((name) => file.names.get(name)?.length !== 1)
    if (absent.length === names.length && columns.every(({ levels }) => levels === null)) {
      io.err(`note: ${path} has no columns ${names.join(', ')}; its columns are taken in their order\n`)
      const titles = [...file.names].flatMap(([name, shape]) => (shape?.length === 1 ? [name] : []))
      return await readColumns(path, titles.length === 1 ? titles[0]! : `${titles[0]}:${titles.at(-1)}`)
    }
    if (absent.length > 0)
      throw usageError(
        'CLI_USAGE',
        `${path} has no column ${absent.join(', ')}; the run learned from ${names.join(', ')}; add it, or name other columns with --inputs first:last`,
      )
    return await readInputsLike(path, columns)
  } finally {
    await file.close()
  }
}
