/** The diagnosis of a run while it trains and at its end. */
import type { FitEvent, Variables } from '@spikeward/train'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { Experiment } from '../../assembly/experiment.js'
import type { FigureNames } from '../../node/prediction/pointColumns.js'
import type { Backend } from '@spikeward/core'
import { restoreVariables } from '@spikeward/train'
import type { Scalars } from '@spikeward/train/node'
import { untrainedOf } from '../ridgeBaseline.js'
import type { Untrained } from '../ridgeBaseline.js'
import type { Parts } from '../buildParts.js'
import { diagnose, isFarBelow, isLearning, relevant } from './diagnose.js'
import type { Finding, RunActivity } from './diagnose.js'
import { activityMeter } from './activityMeter.js'

/** The diagnosis of a run in summary.json. */
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
  /**
   * The state at the end.
   *
   * @param outcome the error on the test data and the ridge baseline; null if there is none
   * @param untrained the initial variables of the run
   */
  end(variables: Variables, step: number, outcome: Outcome, untrained: Untrained): Promise<Diagnosis>
  readonly isNew: (finding: Finding) => boolean
  dispose(): void
}

/** The mean firing rates of a run under TensorBoard's names. */
export const ratesOf = ({ layers, tangent }: RunActivity): Scalars => ({
  ...Object.fromEntries(layers.map(({ name, mean }) => [`firing rate/${name}`, mean])),
  ...(tangent === null ? {} : { 'tangent/relative': tangent }),
})

/**
 * @param every checkpoints between two diagnoses
 */
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

/**
 * Opens the live page of a run.
 *
 * @param names what the axes and outputs of the prediction are called
 */
export type OpenWatch = (config: TrainConfig, experiment: Experiment, names: FigureNames) => Promise<RunWatch>
