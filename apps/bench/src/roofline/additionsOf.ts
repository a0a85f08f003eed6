import type { DotRoutine } from '@spikeward/core/backend'

/**
 * The additions that a product of spikes does: one for each column and each group of inputs with a spike.
 *
 * @param spikes the left operand, from its first element on
 * @param group adjacent inputs whose sums are looked up at once; 1: every spike is added by itself
 */
export function additionsOf({ batch, m, n, k, a }: DotRoutine, spikes: ArrayLike<number>, group: number): number {
  const batches = Math.max(batch, 1)
  const ownSpikes = a.batch === 0 ? 1 : batches
  let fired = 0
  for (let b = 0; b < ownSpikes; b++) {
    for (let i = 0; i < m; i++) {
      for (let first = 0; first < k; first += group) {
        let any = false
        for (let l = first; l < Math.min(first + group, k); l++) any ||= spikes[b * a.batch + i * a.m + l * a.k] !== 0
        if (any) fired++
      }
    }
  }
  return (fired * n * batches) / ownSpikes
}
