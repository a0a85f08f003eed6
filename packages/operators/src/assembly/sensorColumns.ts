import type { OperatorData, Sensors } from '@spikeward/core'
import type { BlockOptions } from '../blocks/makeBlock.js'
import type { ShiftScale } from '../scales/outputScale.js'
import type { BranchOptions } from '../blocks/branch.js'
import { standardiseSensors, standardiseSensorsAndAmplitude } from '../statistics/standardiseOperator.js'

/** The number of functions on which the rates of a spiking branch are centred. */
const SAMPLE = 256

/** The first rows of sensor values, for `sample` of a branch. */
export const sampleOf = (rows: Float64Array, columns: number): Float64Array => rows.slice(0, SAMPLE * columns)

/** The input functions of a problem, and where their sensors begin in a row. */
const functionsOf = ({ count, functions = [{ name: 'f', count }] }: Sensors) =>
  functions.map((one, i) => ({ ...one, start: functions.slice(0, i).reduce((n, before) => n + before.count, 0) }))

/** Columns of rows of sensor values. */
function columnsOf(rows: Float64Array, width: number, start: number, count: number): Float64Array {
  const n = rows.length / width
  const own = new Float64Array(n * count)
  for (let r = 0; r < n; r++) own.set(rows.subarray(r * width + start, r * width + start + count), r * count)
  return own
}

/**
 * How sensor values are standardised for a branch: each input function has its own mean and deviation.
 *
 * @param extra whether each row has one more column, of the amplitude
 */
export function branchInputOf(
  { sensors: rows }: Pick<OperatorData, 'sensors'>,
  extra: 0 | 1,
  sensors: Sensors,
): ShiftScale {
  const { count } = sensors
  if (extra === 1) return standardiseSensorsAndAmplitude({ sensors: rows }, count)
  const functions = functionsOf(sensors)
  if (functions.length === 1) return standardiseSensors({ sensors: rows })
  const each = functions.map((f) => {
    const { shift, scale } = standardiseSensors({ sensors: columnsOf(rows, count, f.start, f.count) })
    return Array.from({ length: f.count }, () => ({ shift, scale }))
  })
  return { shift: each.flat().map((one) => one.shift), scale: each.flat().map((one) => one.scale) }
}

/** A branch for each input function, of the same layers. */
export function branchesOf(
  { sensors: rows }: Pick<OperatorData, 'sensors'>,
  sensors: Sensors,
  block: () => BlockOptions,
): BranchOptions[] {
  return functionsOf(sensors).map((f) => {
    const own = columnsOf(rows, sensors.count, f.start, f.count)
    return {
      sensors: f.count,
      branch: block(),
      input: standardiseSensors({ sensors: own }),
      sample: sampleOf(own, f.count),
    }
  })
}
