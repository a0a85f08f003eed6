/** Estimates whose cosine to the gradient is compared on operator networks. */
import type { Estimator } from '@spikeward/core'
import { activity, controlVariate, eligibility, guided, rateBackpropagation, rfg } from '@spikeward/estimators'

/** The random directions of a step. */
const K = 8

/** A guess that transports no weights: its feedback weights are learned from noise. */
const mirrored = (): Estimator => rateBackpropagation({ transport: 'weightMirror' })

/** Makes every contender, by the name that tables show. */
export const operatorContenders: Readonly<Record<string, () => Estimator>> = {
  'rfg, K = 1': () => rfg(),
  'rfg, K = 8': () => rfg({ directions: K }),
  'rfg layer-wise, K = 8': () => rfg({ directions: K, scope: 'layerwise' }),
  'activity, K = 8': () => activity({ directions: K }),
  'learned subspace: guided, K = 8': () => guided({ directions: K }),
  'rfg K = 8, weight mirror as control variate': () => controlVariate(rfg({ directions: K }), { guess: mirrored() }),
  'rateBackpropagation/weightMirror': mirrored,
  eligibility: () => eligibility(),
}
