import { mean } from '../sampleStatistics.js'
import type { CosineOutcome } from './measureCosines.js'

/** The squared mean cosine for each forward pass. */
export const shareOf = (trials: readonly CosineOutcome[]): number =>
  mean(trials.map((t) => t.cosine)) ** 2 / mean(trials.map((t) => t.forwardEquivalents))
