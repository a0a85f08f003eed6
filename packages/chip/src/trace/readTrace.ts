import { SpikewardError, isRecord, printValue } from '@spikeward/core'
import type { SignMode } from '../chip/chip.js'
import type { SigmaDeltaParameters } from '../neuron/sigmaDelta.js'

type Rows = readonly (readonly number[])[]

/** A layer of neurons through time, row by row [time][neuron]. */
export interface LifRecord {
  readonly du: number
  readonly dv: number
  readonly biasMant: number
  readonly biasExp: number
  readonly vth: number
  /** Offsets that are added to du and dv, 0 or 1; absent: those of the chip. */
  readonly dsOffset?: number
  readonly dmOffset?: number
  readonly activation: Rows
  readonly current: Rows
  readonly membraneBeforeReset: Rows
  readonly spikes: Rows
}

/** A connection through time: weights [out][in], spikes [time][in], activation [time][out]. */
export interface DenseRecord {
  readonly weights: Rows
  readonly signMode: SignMode
  readonly numWeightBits: number
  readonly weightExp: number
  readonly held: Rows
  readonly spikes: Rows
  readonly activation: Rows
}

/**
 * A layer of sigma–delta or delta units through time, row by row [time][unit]; `floats` if its model computes in f64.
 */
export interface SigmaDeltaRecord extends Omit<SigmaDeltaParameters, 'bias' | 'vth'> {
  readonly floats: boolean
  readonly vth: number
  readonly bias: readonly number[]
  readonly input: Rows
  readonly sent: Rows
  readonly sigma: Rows
  readonly residue: Rows
}

/** Recorded numbers of a chip or of a bit-accurate model of one. */
export interface ChipTrace {
  readonly lif: readonly LifRecord[]
  readonly dense: readonly DenseRecord[]
  readonly sigmaDelta: readonly SigmaDeltaRecord[]
}

const invalid = (what: string): SpikewardError =>
  new SpikewardError(
    'CHIP_TRACE_INVALID',
    `this is not a trace of a chip: ${what}; it must be { lif: […], dense: […], traces: […] } with numbers row by row`,
  )

type Fields = Readonly<Record<string, unknown>>

/** Whether a value is a word of the accumulators, in which every number of a trace is computed. */
const isWord = (value: unknown): value is number => typeof value === 'number' && value === (value | 0)

function rowsOf(where: string, record: Fields, name: string, floats = false): Rows {
  const value: unknown = record[name]
  const isEntry = floats ? Number.isFinite : isWord
  const isRow = (row: unknown): row is number[] => Array.isArray(row) && row.every(isEntry)
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRow))
    throw invalid(
      `${where}.${name} is not a table of ${floats ? 'finite' : 'whole'} numbers${floats ? '' : ' of at most 32 bits'}`,
    )
  const width = value[0]!.length
  if (width === 0 || !value.every((row) => row.length === width))
    throw invalid(`rows of ${where}.${name} differ in length`)
  return value
}

function wholeOf(where: string, record: Fields, name: string): number {
  const value = record[name]
  if (Number.isSafeInteger(value)) return value as number
  throw invalid(`${where}.${name} is ${JSON.stringify(value)}, which is not a whole number`)
}

function sameSize(where: string, a: Rows, b: Rows, names: string): void {
  if (a.length === b.length && a[0]!.length === b[0]!.length) return
  throw invalid(`${where}: ${names} differ in size`)
}

function lifOf(record: unknown, where: string): LifRecord {
  if (!isRecord(record)) throw invalid(`${where} is not a record`)
  const rows = (name: string): Rows => rowsOf(where, record, name)
  const whole = (name: string): number => wholeOf(where, record, name)
  const offset = (name: 'dsOffset' | 'dmOffset') => {
    const value = record[name]
    if (value === undefined) return {}
    if (value === 0 || value === 1) return { [name]: value }
    throw invalid(`${where}.${name} is ${JSON.stringify(value)}, but an offset is 0 or 1`)
  }
  const result = {
    ...offset('dsOffset'),
    ...offset('dmOffset'),
    du: whole('du'),
    dv: whole('dv'),
    biasMant: whole('biasMant'),
    biasExp: whole('biasExp'),
    vth: whole('vth'),
    activation: rows('activation'),
    current: rows('current'),
    membraneBeforeReset: rows('membraneBeforeReset'),
    spikes: rows('spikes'),
  }
  for (const name of ['current', 'membraneBeforeReset', 'spikes'] as const)
    sameSize(where, result.activation, result[name], `activation and ${name}`)
  return result
}

function denseOf(record: unknown, where: string): DenseRecord {
  if (!isRecord(record)) throw invalid(`${where} is not a record`)
  const rows = (name: string): Rows => rowsOf(where, record, name)
  const mode = String(record['signMode']).toLowerCase()
  if (mode !== 'mixed' && mode !== 'excitatory' && mode !== 'inhibitory')
    throw invalid(`${where}.signMode is ${JSON.stringify(record['signMode'])}`)
  const result = {
    weights: rows('weights'),
    signMode: mode,
    numWeightBits: wholeOf(where, record, 'numWeightBits'),
    weightExp: wholeOf(where, record, 'weightExp'),
    held: rows('held'),
    spikes: rows('spikes'),
    activation: rows('activation'),
  } as const
  if (result.spikes.some((row) => row.some((spike) => spike < 0)))
    throw invalid(`${where}.spikes has a negative payload`)
  sameSize(where, result.weights, result.held, 'weights and held')
  if (result.spikes[0]!.length !== result.weights[0]!.length)
    throw invalid(`${where}: the number of spikes is not the number of inputs`)
  if (result.spikes.length !== result.activation.length || result.activation[0]!.length !== result.weights.length)
    throw invalid(`${where}: activation has not one number for each output and step`)
  return result
}

/** The models of `traces` by the names of Lava's processes, and of the variant that keeps what a message truncates. */
const sigmaDeltaModels = {
  PySigmaDeltaModelFixed: { unit: 'sigmaDelta', floats: false, residueIn: 'state' },
  PySigmaDeltaModelFixedCorrected: { unit: 'sigmaDelta', floats: false, residueIn: 'message' },
  PySigmaDeltaModelFloat: { unit: 'sigmaDelta', floats: true, residueIn: 'state' },
  PyDeltaModelFixed: { unit: 'delta', floats: false, residueIn: 'state' },
  PyDeltaModelFloat: { unit: 'delta', floats: true, residueIn: 'state' },
} as const

function sigmaDeltaOf(record: unknown, where: string): SigmaDeltaRecord {
  if (!isRecord(record)) throw invalid(`${where} is not a record`)
  const name = record['model']
  const isModel = (x: unknown): x is keyof typeof sigmaDeltaModels =>
    typeof x === 'string' && Object.hasOwn(sigmaDeltaModels, x)
  if (!isModel(name))
    throw invalid(`${where}.model is ${printValue(name)}, none of ${Object.keys(sigmaDeltaModels).join(', ')}`)
  const model = sigmaDeltaModels[name]
  const { activation, cumulativeError, vth } = record
  if (activation !== 'unit' && activation !== 'relu')
    throw invalid(`${where}.activation is ${printValue(activation)}, neither unit nor relu`)
  if (typeof cumulativeError !== 'boolean') throw invalid(`${where}.cumulativeError is neither true nor false`)
  if (typeof vth !== 'number' || !(vth > 0)) throw invalid(`${where}.vth is ${printValue(vth)}, not above 0`)
  const rows = (field: string): Rows => rowsOf(where, record, field, model.floats)
  const result: SigmaDeltaRecord = {
    ...model,
    activation,
    cumulativeError,
    vth,
    spikeExp: wholeOf(where, record, 'spikeExp'),
    stateExp: wholeOf(where, record, 'stateExp'),
    bias: rowsOf(where, { bias: [record['bias']] }, 'bias', model.floats)[0]!,
    input: rows('input'),
    sent: rows('sent'),
    sigma: rows('sigma'),
    residue: rows('residue'),
  }
  if (model.floats && (result.spikeExp !== 0 || result.stateExp !== 0))
    throw invalid(`${where}: a model in floats shifts nothing, so spikeExp and stateExp are 0`)
  for (const field of ['sent', 'sigma', 'residue'] as const)
    sameSize(where, result.input, result[field], `input and ${field}`)
  if (result.bias.length !== result.input[0]!.length) throw invalid(`${where}: bias has not one number for each unit`)
  return result
}

/**
 * A trace from parsed JSON. `lif`, `dense` or `traces` (sigma–delta units) may be absent.
 *
 * @throws CHIP_TRACE_INVALID, which states the fault
 */
export function readTrace(json: unknown): ChipTrace {
  if (!isRecord(json)) throw invalid('it is not a record')
  const list = (name: string): readonly unknown[] => {
    const value = json[name] ?? []
    if (Array.isArray(value)) return value
    throw invalid(`${name} is not a list`)
  }
  const trace = {
    lif: list('lif').map((record, i) => lifOf(record, `lif[${i}]`)),
    dense: list('dense').map((record, i) => denseOf(record, `dense[${i}]`)),
    sigmaDelta: list('traces').map((record, i) => sigmaDeltaOf(record, `traces[${i}]`)),
  }
  if (trace.lif.length + trace.dense.length + trace.sigmaDelta.length === 0) throw invalid('it records nothing')
  return trace
}
