import type { Estimator } from '@spikeward/core'
import { factoryOf } from '../catalogue.js'
import type { Options } from '../catalogue.js'
import { estimatorNames, baseEstimatorOf, makeEstimator, variantOptions } from '../estimators.js'

/** The name of an estimator that `tuned` compares, or of a variant. */
export type Contender = string

/** Options under which `tuned` compares an estimator, if they differ from its defaults. */
const tunedOptions: Readonly<Record<Contender, Options>> = {
  activity: { directions: 4 },
  'activity/complement': { directions: 4 },
  'activity/complement63': { directions: 4 },
  'activity/leading': { directions: 4 },
  rfg: { directions: 8 },
  'rfg/reused': { directions: 8 },
  'rfg/layerwise': { directions: 4 },
}

/** Names of the estimators that can be compared. */
export const contenderNames: readonly Contender[] = estimatorNames

/** The estimator of a contender; `directions` replaces its number of random directions. */
export const contender = (name: Contender, directions?: number): Estimator =>
  makeEstimator(name, {
    ...tunedOptions[name],
    // A step that the batch of one step accepts or rejects would fit that batch.
    ...(takesSteps(name) ? { adapt: false } : {}),
    ...(directions === undefined ? {} : { directions }),
  })

/** Whether an estimator returns a step, which no adaptive optimiser may rescale. Such an estimator has the option `adapt`: the loss may reject a step. */
export const takesSteps = (name: Contender): boolean =>
  Object.hasOwn(factoryOf('estimator', baseEstimatorOf(name)).declaration.options, 'adapt')

/** λ, the share of every weight that the optimiser removes in a step, for an estimator whose feedback follows it; else 0. */
export const decayOf = (name: Contender): number => Number(variantOptions(name)['decay'] ?? 0)
