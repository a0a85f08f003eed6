/** The diagnosis of a run while it trains and at its end. */
import { SpikewardError, jit, jvp, key as keyOf, maximum, mean, mul, normal, sqrt, square } from '@spikeward/core'
import { treeFlatten, treeUnflatten } from '@spikeward/core'
import type { Backend, Key, Tensor, Tree } from '@spikeward/core'
import { type FitEvent, type Task, type Variables, restoreVariables } from '@spikeward/train'
import type { Experiment } from '../../assembly/experiment.js'
import { type Finding, type RunActivity, activityOf, diagnose, isFarBelow, isLearning, relevant } from './diagnose.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { Scalars } from '@spikeward/train/node'
import { type Untrained, untrainedOf } from '../lastSolve.js'
import type { Parts } from '../buildParts.js'

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
