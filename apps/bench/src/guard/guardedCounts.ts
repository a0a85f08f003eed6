/** Exact counts of a few steps, which may change only on purpose: instructions and allocations, never seconds. */
import { type StepCount, countStep } from '../counting/countStep.js'
import { type StepSettings, standard } from '../step/stepSettings.js'

/** The guarded steps: the standard step, with more directions, layer-wise, and by back-propagation. */
export const guarded: Readonly<Record<string, StepSettings>> = {
  'rfg K=1': standard,
  'rfg K=8': { ...standard, directions: 8 },
  'rfg layerwise K=1': { ...standard, scope: 'layerwise' },
  'rfg beta=0.9 T=64': { ...standard, beta: 0.9, time: 64 },
  'one hidden layer': { ...standard, widths: [2, 100, 1], time: 32, batch: 256 },
  bp: { ...standard, estimator: 'bp' },
}

export type Counts = Readonly<Record<string, StepCount>>

export async function countGuarded(): Promise<Counts> {
  const counts: Record<string, StepCount> = {}
  for (const [name, settings] of Object.entries(guarded)) counts[name] = await countStep(settings)
  return counts
}

export type Change = {
  readonly step: string
  readonly what: string
  readonly was: number | null
  readonly is: number | null
}

export function changes(was: Counts, is: Counts): readonly Change[] {
  const steps = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  return steps.flatMap((step) => {
    const [a, b] = [was[step], is[step]] as readonly (Readonly<Record<string, number>> | undefined)[]
    const fields = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])]
    return fields
      .map((what) => ({ step, what, was: a?.[what] ?? null, is: b?.[what] ?? null }))
      .filter((c) => c.was !== c.is)
  })
}
