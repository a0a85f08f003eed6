/** The statistics of an estimator's row, the same in docs/benchmarks/hardware/energy.md and in chips.md beside it. */
import type { Ledger } from '@spikeward/energy'
import { mean, median } from '../sampleStatistics.js'
import type { EnergyRow } from './measureEnergy.js'

/** The bytes of memory of a training. */
export const heldBytes = ({ footprint }: Pick<Ledger, 'footprint'>): number =>
  Object.values(footprint).reduce((sum, bytes) => sum + bytes, 0)

/** The mean of the steps to the target; null if a key did not reach it. */
export function meanSteps({ steps }: Pick<EnergyRow, 'steps'>): number | null {
  const reached = steps.filter((n) => n !== null)
  return reached.length < steps.length ? null : mean(reached)
}

/** The median time of a step in milliseconds over the keys; null for older runs without times, and for trainings that are too short. */
export function medianTime({ msPerStep = [] }: Partial<Pick<EnergyRow, 'msPerStep'>>): number | null {
  const times = msPerStep.filter((t) => t !== null)
  return times.length === 0 ? null : median(times)
}
