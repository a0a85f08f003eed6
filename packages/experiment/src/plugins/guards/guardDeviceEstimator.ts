import type { DeviceEstimator } from '@spikeward/chip'
import { checkRecord } from './checkRecord.js'
import { callPlugin, inspected } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's estimator for training on a chip, whose exceptions name it. `checkDeviceEstimator` tests what its functions
 * return, on the network that is trained.
 *
 * @throws CLI_PLUGIN if the factory made no such estimator; so do the calls of the returned estimator
 */
export function guardDeviceEstimator(plugin: Reference, made: unknown): DeviceEstimator {
  const inner = made as DeviceEstimator
  const { name } = inspected(plugin, 'the result of the factory', () => {
    checkRecord(plugin, made, ['perturb', 'estimate', 'largestEstimate'])
    return { name: inner.name }
  })
  return {
    name,
    perturb: (...given) => callPlugin(plugin, 'perturb', () => inner.perturb(...given)),
    estimate: (...given) => callPlugin(plugin, 'estimate', () => inner.estimate(...given)),
    largestEstimate: (...given) => callPlugin(plugin, 'largestEstimate', () => inner.largestEstimate(...given)),
  }
}
