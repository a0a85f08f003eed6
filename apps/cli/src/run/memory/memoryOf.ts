import { bytesOf, jit, key as keyOf, precisionOf, toBackend, treeLeaves } from '@spikeward/core'
import type { Key, Tree, Variables } from '@spikeward/core'
import { countingBackend } from '@spikeward/core/backend'
import { stepLossOf, trainStep } from '@spikeward/train'
import type { Parts } from '../buildParts.js'
import { noBaseline } from '../ridgeBaseline.js'

/** The most memory that each phase of a run holds at once, in bytes. */
export type RunMemory = {
  /** The initial state and the data, with the copies that move the state to the backend. */
  readonly start: number
  /** Variables, the states of optimiser and estimator, data, and the workspace of a step, or of a validation. */
  readonly training: number
  /** The same, with the workspace of a solve of the readout; 0 if the run solves none. */
  readonly solve: number
  /** The ridge regression before the run; 0 if there is none. */
  readonly baseline: number
}

const bytesIn = (tree: Tree): number => treeLeaves(tree).reduce((n, t) => n + t.size * bytesOf(t.dtype), 0)

/**
 * Counts what a run will allocate: it traces and lowers the functions of the run for a backend that computes nothing, so
 * that a run too large for the machine can be counted as well. The counts are those of a backend that follows the plan
 * without tiles. What native and cpu hold is between a quarter of it and a quarter more.
 */
export async function memoryOf({ experiment, estimator, optimizer }: Parts): Promise<RunMemory> {
  const { task, callbacks } = experiment
  const backend = countingBackend()
  const key = await toBackend(keyOf(0), backend)
  const data = await toBackend(task.data(), backend)
  const { init, step } = trainStep(stepLossOf(task), estimator, optimizer)
  const { trained, fixed } = jit((k: Key) => task.init(k))(key)
  const first = jit((p: Tree) => init(p), { donate: [0] })(trained)
  const start = bytesIn(data) + 3 * (bytesIn(first) + bytesIn(fixed))
  const state = jit(step, { donate: [0] })(first, { fixed, data }, key)
  const validator = task.validator?.()
  await validator?.evaluate({ trained: state.trained, fixed })
  const training = backend.stats().peakBytes
  for (const { run } of callbacks) {
    jit((v: Variables) => run(v, data, precisionOf(data)))({ trained: state.trained, fixed })
  }
  const solve = callbacks.length > 0 ? backend.stats().peakBytes : 0
  return { start, training, solve, baseline: noBaseline(experiment) === null ? await baselineOf(experiment) : 0 }
}

async function baselineOf(experiment: Parts['experiment']): Promise<number> {
  const backend = countingBackend()
  const variables = jit((k: Key) => experiment.task.init(k))(await toBackend(keyOf(0), backend))
  await experiment.baseline(variables)
  return backend.stats().peakBytes
}
