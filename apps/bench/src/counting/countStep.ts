import { type Plan, type Step, countingBackend } from '@spikeward/core/backend'
import type { StepSettings } from '../step/stepSettings.js'
import { makeWorkload } from '../step/workload.js'

/** The cost of one training step, counted from its Plan; exact, the same on every machine. */
export type StepCount = {
  readonly flops: number
  readonly bytes: number
  readonly workspaceBytes: number
  /** Kernels and routines in the Plan; each in a loop counts once. */
  readonly kernels: number
  readonly routines: number
  /** Kernels and routines that one run starts; each in a loop counts once per iteration. */
  readonly dispatches: number
  /** The peak memory, including data and parameters. */
  readonly peakBytes: number
  readonly allocationsPerStep: number
  readonly compilationsPerStep: number
}

const sumOver = (
  steps: readonly Step[],
  f: (step: Exclude<Step, { kind: 'loop' }>) => number,
  turns: boolean,
): number =>
  steps.reduce(
    (n, step) => n + (step.kind === 'loop' ? (turns ? step.length : 1) * sumOver(step.steps, f, turns) : f(step)),
    0,
  )

/** The number of kernels, routines and starts of a Plan. */
export function countDispatches({
  steps,
}: Pick<Plan, 'steps'>): Pick<StepCount, 'kernels' | 'routines' | 'dispatches'> {
  return {
    kernels: sumOver(steps, (s) => (s.kind === 'kernel' ? 1 : 0), false),
    routines: sumOver(steps, (s) => (s.kind === 'routine' ? 1 : 0), false),
    dispatches: sumOver(steps, () => 1, true),
  }
}

/** Steps over which allocations are counted. */
const COUNTED = 5

export async function countStep(settings: StepSettings): Promise<StepCount> {
  await using backend = countingBackend()
  const workload = await makeWorkload(settings, backend, false)
  const before = backend.stats()
  for (let i = 0; i < COUNTED; i++) await workload.step()
  const after = backend.stats()
  workload.dispose()
  return {
    ...workload.cost,
    ...countDispatches(workload.plan),
    peakBytes: after.peakBytes,
    allocationsPerStep: (after.allocations - before.allocations) / COUNTED,
    compilationsPerStep: (after.compilations - before.compilations) / COUNTED,
  }
}
