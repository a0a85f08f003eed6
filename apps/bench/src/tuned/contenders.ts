import type { Estimator } from '@spikeward/core'
import type { Options } from '../catalogue.js'
import { estimatorNames, makeEstimator, variantOptions } from '../estimators.js'

/** The name of an estimator that `tuned` compares, or of a variant. */
export type Contender = string

/** Options under which `tuned` compares an estimator, if they differ from its defaults. */
const tunedOptions: Readonly<Record<Contender, Options>> = {
  rfg: { directions: 8 },
  'rfg/layerwise': { directions: 4 },
}

/** Names of the estimators that can be compared. */
export const contenderNames: readonly Contender[] = estimatorNames

/** The estimator of a contender; `directions` replaces its number of random directions. */
export const contender = (name: Contender, directions?: number): Estimator =>
  makeEstimator(name, { ...tunedOptions[name], ...(directions === undefined ? {} : { directions }) })

/** λ, the share of every weight that the optimiser removes in a step, for an estimator whose feedback follows it; else 0. */
export const decayOf = (name: Contender): number => Number(variantOptions(name)['decay'] ?? 0)
