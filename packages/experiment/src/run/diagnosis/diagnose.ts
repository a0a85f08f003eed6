/** Finds faults of a run from its firing rates and its tangents, and states remedies. */
import type { RecordedLayer } from '../../assembly/neuronRecorder.js'

/** Firing rates and the relative tangent of a run at a step. */
export type RunActivity = {
  readonly step: number
  readonly layers: readonly LayerActivity[]
  /**
   * |dL/dh| / L at h = 0 along a random direction in which every tensor moves by h times its own size; null if the loss
   * cannot be differentiated forward.
   */
  readonly tangent: number | null
}

export type FindingCode = 'silent' | 'saturated' | 'exploding' | 'stuck'

/** Something that keeps a run from learning. */
export type Finding = {
  readonly code: FindingCode
  /** The layer, or the run. */
  readonly where: string
  readonly step: number
  readonly what: string
  readonly remedy: string
}

const MIN_SHARE = 0.9

/** A relative tangent above this makes every useful step tiny: derivatives of healthy runs are between 0.01 and 100. */
const EXPLODING = 1e4

const MOVED_BY = 100

const finding = (code: FindingCode, where: string, step: number, what: string, remedy: string): Finding => ({
  code,
  where,
  step,
  what,
  remedy,
})

function ofLayer(
  { name, rates, silent, saturated }: LayerActivity,
  first: LayerActivity | undefined,
  step: number,
): Finding[] {
  const n = rates.length
  const found: Finding[] = []
  if (silent >= MIN_SHARE * n) {
    const what = `${silent} of ${n} neurons never fire on the validation inputs`
    found.push(finding('silent', name, step, what, 'lower --threshold, or give a larger --time or --beta'))
  }
  if (saturated >= MIN_SHARE * n) {
    const what = `${saturated} of ${n} neurons fire at almost every step`
    const remedy = 'raise --threshold, take a smaller --learning-rate, or on functions --amplitude divide'
    found.push(finding('saturated', name, step, what, remedy))
  }
  const stuck = first !== undefined && step >= MOVED_BY && rates.every((r, i) => r === first.rates[i])
  if (stuck && silent < n && saturated < n) {
    const what = `no neuron has changed its rate in ${step} steps`
    const remedy = 'take a larger --learning-rate, another --estimator, or a wider surrogate such as --surrogate atan'
    found.push(finding('stuck', name, step, what, remedy))
  }
  return found
}

/**
 * Findings about the activity of a run: silent and saturated layers, layers whose rates never moved, exploding tangents.
 *
 * @param first that of the untrained network
 */
export function diagnose(first: RunActivity, now: RunActivity): readonly Finding[] {
  const layers = now.layers.flatMap((layer, l) => ofLayer(layer, first.layers[l], now.step))
  const { tangent, step } = now
  if (tangent === null || tangent <= EXPLODING) return layers
  const what = `a relative change of the parameters by 1 changes the loss ${tangent.toPrecision(2)} times its size to first order`
  const remedy = 'take a steeper-tailed surrogate such as --surrogate triangular, a smaller --time or --learning-rate'
  return [
    ...layers,
    finding('exploding', 'the tangents', step, Number.isFinite(tangent) ? what : 'a derivative is not finite', remedy),
  ]
}

const FAR_BELOW = 0.5

/** A validation error at most this share of the first one: the run learns. */
const LEARNS = 0.9

/** Whether a run ended far below the error of its untrained network with a solved readout. */
export const isFarBelow = (error: number | null, baseline: number | null): boolean =>
  error !== null && baseline !== null && error < FAR_BELOW * baseline

/** Whether validation errors have fallen since the first one. */
export const isLearning = (first: number | null, last: number | null): boolean =>
  first !== null && last !== null && last <= LEARNS * first

/**
 * The findings that matter. If the error shows that a run learns, neither layers with constant rates nor steep tangents prevent it from
 * learning, and another surrogate or estimator is no remedy.
 */
export const relevant = (findings: readonly Finding[], learns: boolean): readonly Finding[] =>
  learns ? findings.filter(({ code }) => code !== 'stuck' && code !== 'exploding') : findings

/** A finding as one line. */
export const lineOf = ({ where, step, what, remedy }: Finding): string => `step ${step}, ${where}: ${what}; ${remedy}`

export type LayerActivity = {
  readonly name: string
  /** The rate of each neuron: spikes per time step, from 0 to 1. */
  readonly rates: Float64Array
  readonly mean: number
  /** Neurons that never fire, and neurons that fire at almost every step. */
  readonly silent: number
  readonly saturated: number
}

/** A neuron that fires at more than this share of the steps is saturated: more current changes nothing. */
const SATURATED = 0.98

export function activityOf({ name, time, samples, neurons, spikes }: RecordedLayer): LayerActivity {
  const rates = new Float64Array(neurons)
  for (let i = 0; i < spikes.length; i++) if (spikes[i] !== 0) rates[i % neurons]! += 1 / (time * samples)
  return {
    name,
    rates,
    mean: rates.reduce((a, b) => a + b, 0) / neurons,
    silent: rates.filter((r) => r === 0).length,
    saturated: rates.filter((r) => r > SATURATED).length,
  }
}
