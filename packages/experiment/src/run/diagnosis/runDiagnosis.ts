/** The diagnosis of a run while it trains and at its end. */
import {
  SpikewardError,
  jit,
  jvp,
  key as keyOf,
  maximum,
  mean,
  mul,
  normal,
  sqrt,
  square,
  treeFlatten,
  treeUnflatten,
} from '@spikeward/core'
import type { Backend, Key, Tensor, Tree } from '@spikeward/core'
import { type FitEvent, type Task, type Variables, restoreVariables } from '@spikeward/train'
import type { Experiment } from '../../assembly/experiment.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { Scalars } from '@spikeward/train/node'
import { type Untrained, untrainedOf } from '../concludeRun.js'
import type { Parts } from '../buildParts.js'
import type { RecordedLayer } from '../../assembly/neuronRecorder.js'

export type Diagnosis = {
  readonly rates: Readonly<Record<string, number>>
  readonly tangent: number | null
  readonly findings: readonly Finding[]
}

type Outcome = { readonly error: number | null; readonly baseline: number | null }

/** Checkpoints between two diagnoses: four of the usual twenty. */
const EVERY = 5

/** The state of a run at a checkpoint, and what is new about it. */
export type DiagnosedState = {
  readonly activity: RunActivity
  readonly variables: Variables
  readonly fresh: readonly Finding[]
}

export type RunDiagnosis = {
  /** The state at a checkpoint, and what is new about it; null at other events and at most checkpoints. */
  at(event: FitEvent): Promise<DiagnosedState | null>
  /** The state at the end. */
  end(variables: Variables, step: number, outcome: Outcome, untrained: Untrained): Promise<Diagnosis>
  readonly isNew: (finding: Finding) => boolean
  dispose(): void
}

export const ratesOf = ({ layers, tangent }: RunActivity): Scalars => ({
  ...Object.fromEntries(layers.map(({ name, mean }) => [`firing rate/${name}`, mean])),
  ...(tangent === null ? {} : { 'tangent/relative': tangent }),
})

export async function runDiagnosis(parts: Parts, key: number, backend: Backend, every = EVERY): Promise<RunDiagnosis> {
  const { experiment } = parts
  const meter = await activityMeter(experiment)
  const seen = new Set<string>()
  let first: RunActivity | null = null
  let checkpoints = 0
  const errors: { first: number | null; last: number | null } = { first: null, last: null }
  const isNew = ({ code, where }: Finding): boolean => !seen.has(`${code} ${where}`)
  const firstActivity = async (untrained: Untrained): Promise<RunActivity> =>
    (first ??= await meter.measure(await untrained(), 0))
  return {
    async at(event) {
      if (event.type === 'validation') {
        errors.first ??= event.relativeL2
        errors.last = event.relativeL2
      }
      if (event.type !== 'checkpoint' || checkpoints++ % every !== 0) return null
      // Do not cache them: the memory of a training run is counted.
      const before = await firstActivity(() => untrainedOf(parts, key, backend))
      const variables = await restoreVariables(experiment.task, event.snapshot, { backend })
      const activity = await meter.measure(variables, event.step)
      const fresh = relevant(diagnose(before, activity), isLearning(errors.first, errors.last)).filter(isNew)
      for (const { code, where } of fresh) seen.add(`${code} ${where}`)
      return { activity, variables, fresh }
    },
    isNew,
    async end(variables, step, { error, baseline }, untrained) {
      const activity = await meter.measure(variables, step)
      const { layers, tangent } = activity
      return {
        rates: Object.fromEntries(layers.map(({ name, mean }) => [name, mean])),
        tangent: tangent !== null && Number.isFinite(tangent) ? tangent : null,
        findings: relevant(diagnose(await firstActivity(untrained), activity), isFarBelow(error, baseline)),
      }
    },
    dispose: () => meter.dispose(),
  }
}

export type RunWatch = {
  readonly url: string
  /** Shows an event, and the state of the network if there is one. */
  show(event: FitEvent, state: DiagnosedState | null): Promise<void>
  end(text: string): Promise<void>
}

/** Opens the live page of a run. */
export type OpenWatch = (config: TrainConfig, experiment: Experiment) => Promise<RunWatch>

/** Validation inputs at which neurons are recorded. */
const SAMPLES = 32

export type ActivityMeter = { measure(variables: Variables, step: number): Promise<RunActivity>; dispose(): void }

/** Loss and directional derivative along a random direction in which every tensor moves by its own size. */
function slopeOf({ objective }: Task): (trained: Tree, fixed: Tree, data: Tree, key: Key) => readonly [Tensor, Tensor] {
  return (trained, fixed, data, key) => {
    const { leaves, structure } = treeFlatten(trained)
    const moved = leaves.map((t, i) => {
      const dtype = t.dtype === 'f64' ? 'f64' : 'f32'
      return mul(normal(key.fold(i), t.shape, { dtype }), maximum(sqrt(mean(square(t))), 1e-3))
    })
    const loss = (p: Tree): Tensor => objective(p, fixed, data, key)
    return jvp(loss, [trained], [treeUnflatten(structure, moved)])
  }
}

export async function activityMeter({ task, neurons }: Experiment): Promise<ActivityMeter> {
  const recorder = await neurons('validation', { samples: SAMPLES })
  const slope = jit(slopeOf(task))
  const data = task.data()
  let differentiable = true
  const tangentAt = async ({ trained, fixed }: Variables, step: number): Promise<number | null> => {
    if (!differentiable) return null
    try {
      const [loss, change] = slope(trained, fixed, data, keyOf(step))
      const [l, d] = [Number(await loss.item()), Number(await change.item())]
      loss.dispose()
      change.dispose()
      return Math.abs(d) / Math.max(Math.abs(l), Number.MIN_VALUE)
    } catch (error) {
      // A loss of a package may lack a rule of differentiation, which its estimator does not need.
      if (!(error instanceof SpikewardError)) throw error
      differentiable = false
      return null
    }
  }
  return {
    async measure(variables, step) {
      const layers = (await recorder.record(variables)).map(activityOf)
      return { step, layers, tangent: await tangentAt(variables, step) }
    },
    dispose() {
      recorder.dispose()
      slope.dispose()
    },
  }
}

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
  const findings: Finding[] = []
  if (silent >= MIN_SHARE * n) {
    const what = `${silent} of ${n} neurons never fire on the validation inputs`
    findings.push(finding('silent', name, step, what, 'lower --threshold, or give a larger --time or --beta'))
  }
  if (saturated >= MIN_SHARE * n) {
    const what = `${saturated} of ${n} neurons fire at almost every step`
    const remedy = 'raise --threshold, take a smaller --learning-rate, or on functions --amplitude divide'
    findings.push(finding('saturated', name, step, what, remedy))
  }
  const stuck = first !== undefined && step >= MOVED_BY && rates.every((r, i) => r === first.rates[i])
  if (stuck && silent < n && saturated < n) {
    const what = `no neuron has changed its rate in ${step} steps`
    const remedy = 'take a larger --learning-rate, another --estimator, or a wider surrogate such as --surrogate atan'
    findings.push(finding('stuck', name, step, what, remedy))
  }
  return findings
}

/**
 * Findings about the activity of a run: silent and saturated layers, layers whose rates never moved, exploding
 * tangents.
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
 * The findings that matter. If the error shows that a run learns, neither layers with constant rates nor steep tangents
 * prevent it from learning, and another surrogate or estimator is no remedy.
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
