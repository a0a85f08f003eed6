/** The compared estimates: random directions, and methods that may reduce their variance. */
import type { Estimator } from '@spikeward/core'
import {
  activity,
  antithetic,
  controlVariate,
  eligibility,
  exactReadout,
  feedback,
  guided,
  lowRank,
  orthogonalTangents,
  rateBackpropagation,
  rfg,
  spsa,
} from '@spikeward/estimators'

/** The random directions of a step. */
const K = 8

/** Makes a contender, by the name that tables show. */
type Contenders = Readonly<Record<string, () => Estimator>>

const remedies: Contenders = {
  'rfg, K = 1': () => rfg(),
  'rfg, K = 8': () => rfg({ directions: K }),
  'rfg, K = 64': () => rfg({ directions: 64 }),
  'rfg layer-wise, K = 8': () => rfg({ directions: K, scope: 'layerwise' }),
  'orthogonalTangents, K = 8': () => orthogonalTangents({ directions: K }),
  'antithetic spsa': () => antithetic(spsa()),
  'lowRank, one direction a sample, K = 8': () => lowRank({ perSample: true, directions: K }),
  'activity, K = 8': () => activity({ directions: K }),
  'rfg K = 8 with an exact readout': () => exactReadout(rfg({ directions: K })),
  'rfg K = 8, running mean as control variate': () => controlVariate(rfg({ directions: K })),
  'rfg K = 8, feedback as control variate': () => controlVariate(rfg({ directions: K }), { guess: feedback() }),
  'learned subspace: guided, K = 8': () => guided({ directions: K }),
  'learned subspace: guided, K = 8, decay 0.5': () => guided({ directions: K, decay: 0.5 }),
  'learned subspace: guided by feedback, K = 8': () => guided({ directions: K, guess: feedback() }),
  feedback: () => feedback(),
  eligibility: () => eligibility(),
  rateBackpropagation: () => rateBackpropagation(),
}

/** Guesses that pass the error down the layers; the mirrored one transports no weights. */
const down = (): Estimator => rateBackpropagation()
const mirrored = (): Estimator => rateBackpropagation({ transport: 'weightMirror' })

const guides: Contenders = {
  'rfg, K = 8': remedies['rfg, K = 8']!,
  feedback: () => feedback(),
  'rfg K = 8, feedback as control variate': remedies['rfg K = 8, feedback as control variate']!,
  'learned subspace: guided by feedback, K = 8': remedies['learned subspace: guided by feedback, K = 8']!,
  rateBackpropagation: down,
  'rfg K = 8, rateBackpropagation as control variate': () => controlVariate(rfg({ directions: K }), { guess: down() }),
  'learned subspace: guided by rateBackpropagation, K = 8': () => guided({ directions: K, guess: down() }),
  'rateBackpropagation/weightMirror': mirrored,
  'rfg K = 8, weight mirror as control variate': () => controlVariate(rfg({ directions: K }), { guess: mirrored() }),
  'learned subspace: guided by a weight mirror, K = 8': () => guided({ directions: K, guess: mirrored() }),
}

/** The sets of contenders: methods that may reduce the variance of random directions, and guesses of the gradient that guide them. */
export const contenderSets = { remedies, guides } as const
