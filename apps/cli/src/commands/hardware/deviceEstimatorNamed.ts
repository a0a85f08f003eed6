/** Estimators of training on a chip by name: those of @spikeward/chip, and those of other packages. */
import {
  checkDeviceEstimator,
  deviceNodePerturbation,
  deviceSpsa,
  deviceTensors,
  deviceWeightPerturbation,
} from '@spikeward/chip'
import type { DeviceArrays, DeviceEstimator } from '@spikeward/chip'
import { isDeclared } from '@spikeward/core'
import { leafOf, makeThing } from '../../catalogue/make.js'
import { callFactory, loadFactory } from '../../plugins/loadFactory.js'
import { guardDeviceEstimator } from '../../plugins/guards/guardDeviceEstimator.js'
import { isExternal, referenceOf } from '../../plugins/reference.js'
import { pick } from '../../usage/pick.js'
import { usageError } from '../../usage/usageError.js'

/** The usual size of an estimator's perturbation, and what makes it from a size. */
const known = {
  nodePerturbation: { size: 8, make: (below: number) => deviceNodePerturbation({ below }) },
  spsa: { size: 1, make: (k: number) => deviceSpsa({ k }) },
  weightPerturbation: { size: 1, make: (k: number) => deviceWeightPerturbation({ k }) },
} as const

/** Their names. */
export const deviceEstimatorNames = Object.keys(known)

/** An estimator with the size of its perturbation. */
type NamedDeviceEstimator = {
  readonly estimator: DeviceEstimator
  /** Null for an estimator of another package, whose options are in its text. */
  readonly perturbation: number | null
  /** Checks an estimator of another package on the network that it trains. */
  readonly check: (arrays: DeviceArrays, samples: number) => Promise<void>
}

/**
 * The estimator of a text: `nodePerturbation`, `package#name`, `./file.ts#name(k=2)`.
 *
 * @param perturbation of an estimator of @spikeward/chip; undefined stands for its usual one
 * @throws CLI_UNKNOWN_NAME, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the factory. `check` throws CHIP_ESTIMATOR
 */
export async function deviceEstimatorNamed(
  text: string,
  perturbation: number | undefined,
): Promise<NamedDeviceEstimator> {
  const { name, options } = leafOf('estimator', text)
  if (!isExternal(name)) {
    const { size, make } = pick('estimator', name, known)
    if (Object.keys(options).length > 0)
      throw usageError('CLI_USAGE', `${name} takes no options in parentheses; give its size by --perturbation`)
    const used = perturbation ?? size
    return { estimator: make(used), perturbation: used, check: () => Promise.resolve() }
  }
  if (perturbation !== undefined)
    throw usageError(
      'CLI_USAGE',
      `--perturbation has no effect with ${name}; write its options in parentheses, such as ${name}(option=value)`,
    )
  const plugin = referenceOf('estimator', name)
  const loaded = await loadFactory(plugin)
  const made = isDeclared(loaded)
    ? await makeThing({ name, factory: loaded, plugin }, {}, options)
    : await callFactory(plugin, loaded, options)
  const estimator = guardDeviceEstimator(plugin, made)
  return {
    estimator,
    perturbation: null,
    check: (arrays, samples) => checkDeviceEstimator(arrays.network, deviceTensors(arrays).params, estimator, samples),
  }
}
