import { resolve } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { checkFinite } from '../splits/namedArray.js'
import { openDataFile } from './files/openDataFile.js'
import type { DataFile } from './files/dataFile.js'

/** Measurements at points, as `pointValues` takes them. */
export type Measurements = {
  /** Flat [P, axes], row-major. */
  readonly points: Float64Array
  /** For each measured unknown, [P]. */
  readonly values: Readonly<Record<string, Float64Array>>
}

/** The names of an equation. */
export type LoadMeasurementsOptions = {
  readonly axes: readonly string[]
  readonly unknowns: readonly string[]
}

/**
 * Reads measurements from a table (CSV), or from arrays of .npz, .mat or HDF5: a column for each axis, and one for each
 * unknown that is measured, of the same names. Other columns are not read.
 *
 * @throws DATA_FILE_NOT_FOUND, FILE_UNREADABLE, DATA_FORMAT_UNKNOWN, DATA_CORRUPT, DATA_UNSUPPORTED, DATA_NOT_FINITE,
 *   DATA_BUDGET; DATA_NAME_UNKNOWN for an axis without a column, or if no unknown has one; DATA_SHAPE for columns of
 *   different lengths
 * @example
 * const { points, values } = await loadMeasurements('probes.csv', { axes: ['x', 't'], unknowns: ['u'] })
 * const measured = pointValues(points, values)
 */
export async function loadMeasurements(
  path: string,
  { axes, unknowns }: LoadMeasurementsOptions,
): Promise<Measurements> {
  const where = resolve(path)
  const file = await openDataFile(where)
  try {
    const measured = unknowns.filter((name) => file.names.has(name))
    if (measured.length === 0) {
      throw new SpikewardError(
        'DATA_NAME_UNKNOWN',
        `${where} has no column of ${unknowns.join(' or ')}; name a column after each unknown that is measured, and one after each axis: ${axes.join(', ')}`,
      )
    }
    const read = (name: string): Promise<Float64Array> => columnOf(file, name)
    const columns: Float64Array[] = []
    for (const name of [...axes, ...measured]) columns.push(await read(name))
    const count = columns[0]!.length
    const other = columns.findIndex((column) => column.length !== count)
    if (other >= 0) {
      throw new SpikewardError(
        'DATA_SHAPE',
        `${where}: expected ${count} values of ${[...axes, ...measured][other]}, as ${axes[0]} has; found: ${columns[other]!.length}`,
      )
    }
    const points = new Float64Array(count * axes.length)
    for (let a = 0; a < axes.length; a++) for (let p = 0; p < count; p++) points[p * axes.length + a] = columns[a]![p]!
    return { points, values: Object.fromEntries(measured.map((name, i) => [name, columns[axes.length + i]!])) }
  } finally {
    await file.close()
  }
}

/** @throws DATA_NOT_FINITE */
async function columnOf(file: DataFile, name: string): Promise<Float64Array> {
  const column = await file.read(name)
  checkFinite({ name: `${file.path}, ${name}`, ...column })
  return column.data
}
