import { tensor } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { runLif } from '../neuron/lif.js'
import { checkFormat, denseActivation, holdWeight } from '../synapse/dense.js'
import type { ChipTrace, DenseRecord, LifRecord } from './readTrace.js'

/**
 * The first difference between a trace and the model: in the first layer or connection that differs, at the earliest
 * step.
 */
export interface TraceDifference {
  /** `lif[2].spikes` */
  readonly where: string
  /** Row and column: time and neuron, or output and input of a weight. */
  readonly row: number
  readonly column: number
  readonly recorded: number
  readonly computed: number
}

type Rows = readonly (readonly number[])[]

/** The first difference between two tables; null if they are equal. */
function firstDifference(where: string, recorded: Rows, computed: ArrayLike<number>): TraceDifference | null {
  const width = recorded[0]!.length
  for (let i = 0; i < recorded.length * width; i++) {
    const [row, column] = [Math.floor(i / width), i % width]
    const expected = recorded[row]![column]!
    if (expected !== computed[i]) return { where, row, column, recorded: expected, computed: computed[i]! }
  }
  return null
}

async function checkLifRecord(chip: Chip, record: LifRecord, where: string, on: On): Promise<TraceDifference | null> {
  const { current, membrane } = chip.decayOffset
  const decayOffset = { current: record.dsOffset ?? current, membrane: record.dmOffset ?? membrane }
  const trace = runLif({ ...chip, decayOffset }, record, on(record.activation))
  let first: TraceDifference | null = null
  for (const name of ['current', 'membraneBeforeReset', 'spikes'] as const) {
    const found = firstDifference(`${where}.${name}`, record[name], await trace[name].data())
    if (found !== null && found.row < (first?.row ?? Infinity)) first = found
  }
  return first
}

async function checkDenseRecord(
  chip: Chip,
  record: DenseRecord,
  where: string,
  on: On,
): Promise<TraceDifference | null> {
  const format = { signMode: record.signMode, bits: record.numWeightBits, exponent: record.weightExp }
  checkFormat(chip, format)
  const held = record.weights.map((row) => row.map((w) => holdWeight(chip, format, w)))
  const different = firstDifference(`${where}.held`, record.held, held.flat())
  if (different !== null) return different
  const columns = held[0]!.map((_, j) => held.map((row) => row[j]!))
  const largest = record.spikes.reduce((most, row) => row.reduce((m, spike) => Math.max(m, spike), most), 0)
  const activation = denseActivation(chip, format, on(record.spikes), on(columns), largest)
  return firstDifference(`${where}.activation`, record.activation, await activation.data())
}

type On = (rows: Rows) => Tensor

/**
 * Replays a recorded trace: runs every layer and connection on the recorded inputs and compares every integer.
 *
 * @param backend where to compute; default the reference backend
 * @returns the first difference, or null if every integer agrees
 * @throws CHIP_RANGE if a parameter does not fit the chip
 * @example await checkTrace(loihi1, readTrace(JSON.parse(text))) // null
 */
export async function checkTrace(chip: Chip, trace: ChipTrace, backend?: Backend): Promise<TraceDifference | null> {
  const on: On = (rows) =>
    tensor(
      rows.map((row) => [...row]),
      { dtype: 'i32', ...(backend ? { backend } : {}) },
    )
  for (const [i, record] of trace.lif.entries()) {
    const found = await checkLifRecord(chip, record, `lif[${i}]`, on)
    if (found !== null) return found
  }
  for (const [i, record] of trace.dense.entries()) {
    const found = await checkDenseRecord(chip, record, `dense[${i}]`, on)
    if (found !== null) return found
  }
  return null
}
