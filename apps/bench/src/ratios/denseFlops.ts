import type { Plan, Step } from '@spikeward/core/backend'

/** The operations of the products in a plan whose left operand is not binary: no look-up of spikes saves them. */
export function denseFlops(plan: Plan): number {
  const inSteps = (steps: readonly Step[]): number => steps.reduce((n, step) => n + inStep(step), 0)
  const inStep = (step: Step): number => {
    if (step.kind === 'loop') return step.length * inSteps(step.steps)
    if (step.kind !== 'routine' || step.routine.kind !== 'dot' || step.routine.binary) return 0
    const { batch, m, n, k } = step.routine
    return 2 * Math.max(batch, 1) * m * n * k
  }
  return inSteps(plan.steps)
}
