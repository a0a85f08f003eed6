import { bytesOf, jit, key as keyOf, precisionOf, toBackend, treeLeaves } from '@spikeward/core'
import type { Backend, Key, Tree } from '@spikeward/core'
import { countingBackend } from '@spikeward/core/backend'
import { stepLossOf, trainStep } from '@spikeward/train'
import type { Parts } from '../buildParts.js'

export type RunMemory = {
  /** The initial state and the data, with the copies that move the state to the backend. */
  readonly start: number
  /** Variables, the states of optimiser and estimator, data, and the workspace of a step, or of a validation. */
  readonly training: number
  /** The same, with the workspace of a solve of the readout; 0 if the run solves none. */
  readonly solve: number
  /**
   * The ridge regression of the untrained network, and that of a last solve, which is the same; 0 if there is neither.
   */
  readonly baseline: number
}

/** The programs of single operations on keys, which a run compiles and keeps. */
const SMALL_PROGRAMS = 2 ** 16

const bytesIn = (tree: Tree): number => treeLeaves(tree).reduce((n, t) => n + t.size * bytesOf(t.dtype), 0)

/** The result of a function that a run calls once: its program is freed before the next one is compiled. */
function once<A extends readonly Tree[], R extends Tree>(
  f: (...args: A) => R,
  donate: readonly number[],
  ...args: A
): R {
  const compiled = jit(f, { donate })
  try {
    return compiled(...args)
  } finally {
    compiled.dispose()
  }
}

/**
 * Counts what a run will allocate: it traces and compiles the functions of the run in the order of `fit` and runs none
 * of them, so that a run too large for the machine can be counted as well.
 *
 * @param like the backend of the run, which compiles the programs
 */
export async function memoryOf({ experiment, estimator, optimizer }: Parts, like: Backend): Promise<RunMemory> {
  const { task, callbacks } = experiment
  const backend = countingBackend(like)
  const key = await toBackend(keyOf(0), backend)
  const data = await toBackend(task.data(), backend)
  const { init, step } = trainStep(stepLossOf(task), estimator, optimizer)
  const { trained, fixed } = once((k: Key) => task.init(k), [], key)
  const first = once((p: Tree) => init(p), [0], trained)
  const start = bytesIn(data) + 3 * (bytesIn(first) + bytesIn(fixed))
  let state = jit(step, { donate: [0] })(first, { fixed, data }, key)
  const validator = task.validator?.()
  await validator?.evaluate({ trained: state.trained, fixed })
  const peak = (): number => backend.stats().peakBytes + SMALL_PROGRAMS
  const training = peak()
  const precision = precisionOf(data)
  for (const { run } of callbacks) {
    const solved = (s: typeof state, v: Tree, d: Tree): typeof state => ({
      ...s,
      trained: run({ trained: s.trained, fixed: v }, d, precision),
    })
    state = jit(solved, { donate: [0] })(state, fixed, data)
  }
  const solve = callbacks.length > 0 ? peak() : 0
  return { start, training, solve, baseline: experiment.noBaseline === null ? await baselineOf(experiment, like) : 0 }
}

async function baselineOf(experiment: Parts['experiment'], like: Backend): Promise<number> {
  const backend = countingBackend(like)
  const variables = once((k: Key) => experiment.task.init(k), [], await toBackend(keyOf(0), backend))
  await experiment.baseline(variables)
  return backend.stats().peakBytes + SMALL_PROGRAMS
}
