import type { Estimator } from '@spikeward/core'
import { estimatorOf, factoryOf, namesOf } from './catalogue.js'
import type { Options } from './catalogue.js'

type Variant = { readonly estimator: string; readonly options: Options }

/** Variants under the names that stored runs have for them: a slash separates the two. */
const variants: Readonly<Record<string, Variant>> = {
  'bp/checkpoint': { estimator: 'bp', options: { checkpoint: true } },
  'rateBackpropagation/weightMirror': { estimator: 'rateBackpropagation', options: { transport: 'weightMirror' } },
  'rfg/layerwise': { estimator: 'rfg', options: { scope: 'layerwise' } },
}

export const estimatorNames: readonly string[] = [...namesOf('estimator'), ...Object.keys(variants)]

const variantOf = (name: string): Variant => variants[name] ?? { estimator: name, options: {} }

/**
 * Whether an estimator moves all weights along random directions, so that the scope, number and distribution of a step
 * apply to it. Estimators that compute a signal for each neuron also draw noise, but with the options that they declare.
 */
export function hasDirections(name: string): boolean {
  const { options, facts } = factoryOf('estimator', variantOf(name).estimator).declaration
  return Object.hasOwn(options, 'directions') && facts['local'] === 'a scalar for all weights'
}

/** The estimator of a name or of a variant, with further options; those of the variant come first. */
export function makeEstimator(name: string, options: Options = {}): Estimator {
  const { estimator, options: own } = variantOf(name)
  return estimatorOf(estimator, { ...options, ...own })
}
