import type { Estimator } from '@spikeward/core'
import { bp, eligibility, feedback, localLoss, rateBackpropagation, rfg } from '@spikeward/estimators'

/** Estimators that `tuned` compares, by name; a slash separates the options from the estimator. */
export const contenders = {
  bp: () => bp(),
  rateBackpropagation: () => rateBackpropagation(),
  'rateBackpropagation/weightMirror': () => rateBackpropagation({ transport: 'weightMirror' }),
  'rateBackpropagation/random': () => rateBackpropagation({ transport: 'random' }),
  feedback: () => feedback(),
  localLoss: () => localLoss(),
  eligibility: () => eligibility(),
  rfg: () => rfg({ directions: 8 }),
  'rfg/layerwise': () => rfg({ scope: 'layerwise', directions: 4 }),
} satisfies Record<string, () => Estimator>

/** The name of a contender. */
export type Contender = keyof typeof contenders
