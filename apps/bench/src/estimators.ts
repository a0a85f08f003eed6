import type { Estimator } from '@spikeward/core'
import { orthogonal } from '@spikeward/estimators'
import { estimatorOf, factoryOf, namesOf } from './catalogue.js'
import type { Options } from './catalogue.js'
import { reused } from './training/reused.js'

/** An estimator with options of its own, or inside a combinator. */
type Variant = {
  readonly estimator: string
  readonly options: Options
  readonly wrap?: (inner: Estimator) => Estimator
}

/** Variants under the names that stored runs have for them: a slash separates the two. */
const variants: Readonly<Record<string, Variant>> = {
  'activity/complement': { estimator: 'activity', options: {}, wrap: (e) => orthogonal(e) },
  // In layers of 64 the gradient of the weights above the first layer keeps one direction of the inputs.
  'activity/complement63': { estimator: 'activity', options: {}, wrap: (e) => orthogonal(e, { directions: 63 }) },
  'activity/leading': { estimator: 'activity', options: {}, wrap: (e) => orthogonal(e, { keep: 'leading' }) },
  'bp/checkpoint': { estimator: 'bp', options: { checkpoint: true } },
  'rateBackpropagation/weightMirror': { estimator: 'rateBackpropagation', options: { transport: 'weightMirror' } },
  'rateBackpropagation/perSynapse': { estimator: 'rateBackpropagation', options: { traces: 'perSynapse' } },
  'rateBackpropagation/kolenPollack': {
    estimator: 'rateBackpropagation',
    options: { transport: 'kolenPollack', decay: 1e-3 },
  },
  'rateBackpropagation/random': { estimator: 'rateBackpropagation', options: { transport: 'random' } },
  'feedback/weightMirror': { estimator: 'feedback', options: { transport: 'weightMirror' } },
  'localLoss/weightMirror': { estimator: 'localLoss', options: { transport: 'weightMirror' } },
  'localLoss/kolenPollack': { estimator: 'localLoss', options: { transport: 'kolenPollack' } },
  'localLoss/random': { estimator: 'localLoss', options: { transport: 'random' } },
  'localLoss/solved': { estimator: 'localLoss', options: { heads: 'solved' } },
  'gaussNewton/weightMirror': { estimator: 'gaussNewton', options: { transport: 'weightMirror' } },
  'gaussNewton/random': { estimator: 'gaussNewton', options: { transport: 'random' } },
  'eProp/diagonal': { estimator: 'eProp', options: { recurrence: 'diagonal' } },
  'rfg/reused': { estimator: 'rfg', options: {}, wrap: (e) => reused(10, e) },
  'rfg/layerwise': { estimator: 'rfg', options: { scope: 'layerwise' } },
}

/** Names of estimators and of their variants. */
export const estimatorNames: readonly string[] = [...namesOf('estimator'), ...Object.keys(variants)]

/** The estimator with this name, without the options of a variant. */
export const baseEstimatorOf = (name: string): string => variantOf(name).estimator

const variantOf = (name: string): Variant => variants[name] ?? { estimator: name, options: {} }

/** The options of a variant; none for an estimator with its defaults. */
export const variantOptions = (name: string): Options => variantOf(name).options

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
  const { estimator, options: own, wrap = (inner) => inner } = variantOf(name)
  return wrap(estimatorOf(estimator, { ...options, ...own }))
}
