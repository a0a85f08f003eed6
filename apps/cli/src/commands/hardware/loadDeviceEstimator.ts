/** Estimators of training on a chip by name: those of @spikeward/chip, and those of other packages. */
import { type DeviceArrays, type DeviceEstimator, checkDeviceEstimator, deviceTensors } from '@spikeward/chip'
import { factories, findFactory, guard, leafOf, makeFrom, usageError } from '@spikeward/experiment'
import type { Factories, Factory } from '@spikeward/experiment'

const known: Factories = factories.deviceEstimator

export const deviceEstimatorNames: readonly string[] = Object.keys(known)

/** The size of an estimator's perturbation: its only option, if that is a number. */
type Size = { readonly option: string; readonly help: string; readonly byDefault: number }

function sizeOf({ declaration: { options } }: Factory): Size | null {
  const [only, ...others] = Object.entries(options)
  if (only === undefined || others.length > 0) return null
  const [option, { help, default: byDefault }] = only
  return typeof byDefault === 'number' ? { option, help, byDefault } : null
}

export const perturbationHelp: string = Object.entries(known)
  .flatMap(([name, factory]) => {
    const size = sizeOf(factory)
    return size === null ? [] : [`${name}: ${size.option}, ${size.byDefault} by default; ${size.help}`]
  })
  .join('; ')

type NamedDeviceEstimator = {
  readonly estimator: DeviceEstimator
  /** Null for an estimator whose options are in its text, and for one of another package. */
  readonly perturbation: number | null
  /** Checks an estimator of another package on the network that it trains. */
  readonly check: (arrays: DeviceArrays, samples: number) => Promise<void>
}

/** The estimator of a text: `nodePerturbation`, `spsa(k=2)`, `package#name`, `./file.ts#name(k=2)`. */
export async function loadDeviceEstimator(
  text: string,
  perturbation: number | undefined,
): Promise<NamedDeviceEstimator> {
  const { name, options } = leafOf('estimator', text)
  const factory = await findFactory('deviceEstimator', name)
  const size = factory.plugin === null && Object.keys(options).length === 0 ? sizeOf(factory.factory) : null
  if (perturbation !== undefined && size === null)
    throw usageError(
      'CLI_USAGE',
      `--perturbation has no effect with ${text}; write its options in parentheses, such as ${name}(option=value)`,
    )
  const used = size === null ? null : (perturbation ?? size.byDefault)
  const instance = await makeFrom(factory, {}, size === null ? options : { [size.option]: used })
  if (factory.plugin === null)
    return { estimator: instance as DeviceEstimator, perturbation: used, check: () => Promise.resolve() }
  const estimator = guard<DeviceEstimator>('deviceEstimator', factory.plugin, instance)
  return {
    estimator,
    perturbation: null,
    check: (arrays, samples) => checkDeviceEstimator(arrays.network, deviceTensors(arrays).params, estimator, samples),
  }
}
