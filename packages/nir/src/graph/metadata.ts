import { SpikewardError } from '@spikeward/core'
import { isArray, toDoubles } from './nirData.js'
import type { NirArray, NirGraph, NirNode, NirRecord, NirValue } from './nirData.js'

/**
 * Properties without a place in the standard, which this package stores in a node's metadata. Other readers ignore
 * them.
 *
 * - `spikeward_reset`: `subtract` subtracts the threshold from the membrane, `none` leaves it unchanged; absent: the
 *   standard's reset to
 *   `v_reset`.
 * - `spikeward_reset_delayed`: `true` if the reset acts on the charge of the next step instead of the spike's own step.
 * - `spikeward_initial_membrane`: the membrane before the first step; absent: `v_leak`, or 0 for an integrator.
 * - `spikeward_fixed`: `true` for an affine node that training does not change, such as one that scales outputs.
 * - `spikeward_beta`, `spikeward_gain`: the discrete coefficients that `tau` and `r` were computed from.
 * - `spikeward_centre`, `spikeward_bias`: the mean rates that a readout subtracts from its input and its bias before
 *   they were joined, b − cW, in the metadata of the readout.
 * - `spikeward_dt`: the length of a step in seconds, in the graph's metadata.
 * - `spikeward_time`: the steps over which outputs are averaged, in the graph's metadata.
 * - `spikeward_problem`: the name of the problem that the network learned, in the graph's metadata.
 * - `spikeward_surrogate`: the name and options of the spike's surrogate slope, in the graph's metadata.
 */
export const keys = {
  reset: 'spikeward_reset',
  resetDelayed: 'spikeward_reset_delayed',
  initialMembrane: 'spikeward_initial_membrane',
  fixed: 'spikeward_fixed',
  beta: 'spikeward_beta',
  gain: 'spikeward_gain',
  centre: 'spikeward_centre',
  bias: 'spikeward_bias',
  dt: 'spikeward_dt',
  time: 'spikeward_time',
  problem: 'spikeward_problem',
  surrogate: 'spikeward_surrogate',
} as const

/**
 * The metadata of a time-stepper's graph:
 *
 * - `spikeward_unit`: `sigmaDelta` for a threshold of changes, of `spikeward_activation` of what the unit received;
 *   `fewSpike` for half the range of a value whose digits are sent in `spikeward_cycle` steps (of the graph).
 * - `spikeward_edges` of a convolution; `spikeward_leak` and `spikeward_rest` in the graph's metadata.
 */
export const stepperKeys = {
  unit: 'spikeward_unit',
  activation: 'spikeward_activation',
  edges: 'spikeward_edges',
  leak: 'spikeward_leak',
  rest: 'spikeward_rest',
  cycle: 'spikeward_cycle',
} as const

/** How a neuron's membrane is reset. */
export interface ResetNote {
  readonly rule: 'value' | 'subtract' | 'none'
  readonly delayed: boolean
}

/** The most characters of a text of the file in an error. */
const SHOWN = 60

/** A value of the file in an error. */
function shown(value: NirValue | number): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value)
  return isArray(value) ? `an array of shape [${value.shape.join(', ')}]` : 'a group'
}

const invalid = (where: string, key: string, value: NirValue | number, allowed: string): SpikewardError =>
  new SpikewardError('NIR_METADATA', `${where} has ${key}: ${shown(value)}, which is not valid; it must be ${allowed}`)

/** The reset in a node's metadata. */
export function resetOf(name: string, { metadata }: NirNode): ResetNote {
  const rule = metadata[keys.reset] ?? 'value'
  if (rule !== 'value' && rule !== 'subtract' && rule !== 'none')
    throw invalid(`node '${name}'`, keys.reset, rule, "'value', 'subtract' or 'none'")
  const delayed = metadata[keys.resetDelayed] ?? 'false'
  if (delayed !== 'true' && delayed !== 'false')
    throw invalid(`node '${name}'`, keys.resetDelayed, delayed, "'true' or 'false'")
  return { rule, delayed: delayed === 'true' }
}

/** The membrane before the first step in a node's metadata; null if it has none. */
export function initialMembraneOf(name: string, { metadata }: NirNode, shape: readonly number[]): NirArray | null {
  const membrane = metadata[keys.initialMembrane]
  if (membrane === undefined) return null
  if (isArray(membrane) && membrane.shape.join() === shape.join() && toDoubles(membrane).every(Number.isFinite))
    return membrane
  throw invalid(`node '${name}'`, keys.initialMembrane, membrane, `finite numbers of shape [${shape.join(', ')}]`)
}

/** The length of a step in a graph's metadata; null if it has none. */
export function dtOf(metadata: NirRecord): number | null {
  const value = metadata[keys.dt]
  if (value === undefined) return null
  const [dt = NaN] = isArray(value) ? toDoubles(value) : []
  if (Number.isFinite(dt) && dt > 0) return dt
  throw invalid('the graph', keys.dt, isArray(value) ? dt : value, 'a number of seconds above 0')
}

/** The steps over which outputs are averaged, from a graph's metadata; null if they are missing. */
export function stepsOf({ metadata }: NirGraph): number | null {
  const value = metadata[keys.time]
  if (value === undefined) return null
  const [time = NaN] = isArray(value) ? toDoubles(value) : []
  if (Number.isSafeInteger(time) && time >= 1 && time <= 1e6) return time
  throw invalid('the graph', keys.time, isArray(value) ? time : value, 'a number of steps from 1 to 1000000')
}

/** The name of the surrogate slope that a graph was trained with, from the graph's metadata; null if it is missing. */
export function surrogateOf({ metadata }: NirGraph): string | null {
  const surrogate = metadata[keys.surrogate]
  return typeof surrogate === 'string' ? surrogate : null
}

/** A graph that notes the problem that it learned. */
export const withProblem = (graph: NirGraph, problem: string): NirGraph => ({
  ...graph,
  metadata: { ...graph.metadata, [keys.problem]: problem },
})

/** The problem that a graph learned, from the graph's metadata; null if it is missing. */
export function problemOf({ metadata }: NirGraph): string | null {
  const problem = metadata[keys.problem]
  return typeof problem === 'string' && problem !== '' ? problem : null
}
