/** The settings that a problem has for a network and for an estimator. */
import { untunedDefaults } from '../tuned.js'
import type { EstimatorDefaults, NetworkDefaults, ProblemDefaults } from '../tuned.js'
import type { TrainOptions } from './trainOptions.js'

type Given = Pick<TrainOptions, 'loss' | 'spiking' | 'declared'>

/** The settings for a network, its loss, and its spiking parts. */
export function tunedForNetwork(
  { amplitude, networks }: ProblemDefaults,
  network: string,
  given: Given,
): NetworkDefaults {
  const sizes = { ...(amplitude === undefined ? {} : { amplitude }), ...networks[network] }
  const { loss = sizes.loss, spiking } = given
  const variant = (of: NetworkDefaults): NetworkDefaults => ({ ...of, ...(spiking === 'none' ? of.dense : {}) })
  return { ...variant(sizes), ...(loss === 'physics' ? variant(sizes.physics ?? {}) : {}) }
}

export type EstimatorSettings = { readonly settings: EstimatorDefaults; readonly isNamed: boolean }

/**
 * The settings for an estimator.
 *
 * @param sizes those of the network
 * @param estimator the name of the innermost one
 */
export function tunedForEstimator(
  { byEstimator }: ProblemDefaults,
  sizes: NetworkDefaults,
  estimator: string,
  { declared }: Given,
): EstimatorSettings {
  const table = sizes.byEstimator ?? byEstimator
  const named = table[`${estimator} ${String(declared?.['scope'] ?? '')}`] ?? table[estimator]
  const other = table['other'] ?? untunedDefaults.regression.byEstimator['other']!
  return { settings: named ?? other, isNamed: named !== undefined }
}
