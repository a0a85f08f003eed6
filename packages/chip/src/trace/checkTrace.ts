import { reshape, tensor } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { runLif } from '../neuron/lif.js'
import { runSigmaDelta } from '../neuron/sigmaDelta.js'
import { checkFormat, denseActivation, holdWeight } from '../synapse/dense.js'
import type { ChipTrace, DenseRecord, LifRecord, SigmaDeltaRecord } from './readTrace.js'

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

/** The first difference between two tables of more than this share of the greatest number; null if there is none. */
function firstDifference(
  where: string,
  recorded: Rows,
  computed: ArrayLike<number>,
  share = 0,
): TraceDifference | null {
  const allowed = share === 0 ? 0 : share * Math.max(...recorded.map((row) => Math.max(...row.map(Math.abs))))
  const width = recorded[0]!.length
  for (let i = 0; i < recorded.length * width; i++) {
    const [row, column] = [Math.floor(i / width), i % width]
    const expected = recorded[row]![column]!
    if (Math.abs(expected - computed[i]!) > allowed)
      return { where, row, column, recorded: expected, computed: computed[i]! }
  }
  return null
}

async function checkLifRecord(chip: Chip, record: LifRecord, where: string, on: On): Promise<TraceDifference | null> {
  const { current, membrane } = chip.decayOffset
  const decayOffset = { current: record.dsOffset ?? current, membrane: record.dmOffset ?? membrane }
  const trace = runLif({ ...chip, decayOffset }, record, on(record.activation))
  return earliest(
    await Promise.all(
      (['current', 'membraneBeforeReset', 'spikes'] as const).map(async (name) =>
        firstDifference(`${where}.${name}`, record[name], await trace[name].data()),
      ),
    ),
  )
}

async function checkDenseRecord(
  chip: Chip,
  record: DenseRecord,
  where: string,
  on: On,
): Promise<TraceDifference | null> {
  const format = { signMode: record.signMode, bits: record.numWeightBits, exponent: record.weightExp }
  checkFormat(chip, format)
  const words = record.weights.map((row) => row.map((w) => holdWeight(chip, format, w)))
  const different = firstDifference(`${where}.held`, record.held, words.flat())
  if (different !== null) return different
  const columns = words[0]!.map((_, j) => words.map((row) => row[j]!))
  const largest = record.spikes.reduce((most, row) => row.reduce((m, spike) => Math.max(m, spike), most), 0)
  const activation = denseActivation(chip, format, on(record.spikes), on(columns), largest)
  return firstDifference(`${where}.activation`, record.activation, await activation.data())
}

/**
 * A model in floats agrees if every number is within 1e-12 of the greatest one: other libraries may add in another
 * order.
 */
const FLOAT_SHARE = 1e-12

async function checkSigmaDeltaRecord(
  chip: Chip,
  record: SigmaDeltaRecord,
  where: string,
  on: On,
): Promise<TraceDifference | null> {
  const { floats, bias, ...parameters } = record
  const dtype = floats ? 'f64' : 'i32'
  const units = { ...parameters, bias: reshape(on([bias], dtype), [bias.length]) }
  const trace = runSigmaDelta(chip, units, on(record.input, dtype))
  const share = floats ? FLOAT_SHARE : 0
  return earliest(
    await Promise.all(
      (['sigma', 'sent', 'residue'] as const).map(async (name) =>
        firstDifference(`${where}.${name}`, record[name], await trace[name].data(), share),
      ),
    ),
  )
}

/** The difference at the earliest step. */
const earliest = (results: readonly (TraceDifference | null)[]): TraceDifference | null =>
  results.reduce((first, next) => ((next?.row ?? Infinity) < (first?.row ?? Infinity) ? next : first), null)

type On = (rows: Rows, dtype?: 'i32' | 'f64') => Tensor

/**
 * Replays a recorded trace: runs every layer and connection on the recorded inputs and compares every
 * number. A model in floats is replayed in f64.
 *
 * @param backend where to compute; default the reference backend
 * @returns the first difference, or null if every integer agrees
 * @throws CHIP_RANGE if a parameter does not fit the chip
 * @example await checkTrace(loihi1, readTrace(JSON.parse(text))) // null
 */
export async function checkTrace(chip: Chip, trace: ChipTrace, backend?: Backend): Promise<TraceDifference | null> {
  const on: On = (rows, dtype = 'i32') =>
    tensor(
      rows.map((row) => [...row]),
      { dtype, ...(backend ? { backend } : {}) },
    )
  for (const [i, record] of trace.lif.entries()) {
    const result = await checkLifRecord(chip, record, `lif[${i}]`, on)
    if (result !== null) return result
  }
  for (const [i, record] of trace.dense.entries()) {
    const result = await checkDenseRecord(chip, record, `dense[${i}]`, on)
    if (result !== null) return result
  }
  for (const [i, record] of trace.sigmaDelta.entries()) {
    const result = await checkSigmaDeltaRecord(chip, record, `traces[${i}]`, on)
    if (result !== null) return result
  }
  return null
}
