/** The settings that a problem has for a network and for an estimator. */
import { describeOption } from '@spikeward/core'
import { factoriesIn } from '../catalogue/notation/nested.js'
import { canonical } from '../catalogue/notation/canonical.js'
import { type OptionValues, flagOf, flagOptions } from '../catalogue/optionValues.js'
import { dashed } from '../usage/usageError.js'
import type { TrainConfig, TrainOptions } from './trainConfig.js'
import { networks as listed } from '../catalogue/kinds/networks.js'
import { gridNetwork, problemDefaults, untunedDefaults } from '../tuned.js'
import type { EstimatorDefaults, NetworkDefaults, ProblemDefaults } from '../tuned.js'
import { runSettings } from './settings/runSettings.js'
import { leavesOf, parseExpression } from '../catalogue/notation/expression.js'

type Given = Pick<TrainOptions, 'loss' | 'spiking' | 'declared'>

/**
 * The settings for a network, its loss, and its spiking parts; those of a network on one grid are generic where none is
 * tuned.
 */
export function tunedForNetwork(
  { amplitude, networks }: ProblemDefaults,
  network: string,
  request: Given,
): NetworkDefaults {
  const { onGrid, separable, kind } = listed[network] ?? {}
  // The residual of a separable network has no parts, which Gauss–Newton needs.
  const generic = onGrid === true ? gridNetwork : separable === true && kind === 'pinn' ? { estimator: 'bp' } : {}
  const sizes: NetworkDefaults = {
    ...(amplitude === undefined ? {} : { amplitude }),
    ...(networks[network] ?? generic),
  }
  const { loss = sizes.loss, spiking } = request
  const variant = (of: NetworkDefaults): NetworkDefaults => ({ ...of, ...(spiking === 'none' ? of.dense : {}) })
  return { ...variant(sizes), ...(loss === 'physics' ? variant(sizes.physics ?? {}) : {}) }
}

export type EstimatorSettings = { readonly settings: EstimatorDefaults; readonly isNamed: boolean }

/**
 * The settings for an estimator: those of the innermost one, with the scope that its parentheses state, or else the
 * flag.
 *
 * @param sizes those of the network
 * @param estimator its text, such as `randomSign(rfg(scope=layerwise))`
 */
export function tunedForEstimator(
  { byEstimator }: ProblemDefaults,
  sizes: NetworkDefaults,
  estimator: string,
  { declared }: Given,
): EstimatorSettings {
  const table = sizes.byEstimator ?? byEstimator
  const leaf = leavesOf(parseExpression('estimator', estimator))[0]
  const name = leaf?.name ?? estimator
  const scope = leaf?.options['scope'] ?? declared?.['scope'] ?? ''
  const entry = table[`${name} ${String(scope)}`] ?? table[name]
  const other = table['other'] ?? untunedDefaults.regression.byEstimator['other']!
  return { settings: entry ?? other, isNamed: entry !== undefined }
}

/** The tuned options that an estimator declares itself; the other tuned values are settings of the run. */
export const estimatorOptions = (tuned: EstimatorDefaults): OptionValues =>
  Object.fromEntries(Object.entries(tuned).filter(([name]) => !Object.hasOwn(runSettings, name)))

/** The tuned values of neurons, without those that the text of the neurons states in parentheses. */
function neuronOptions({ beta, reset }: ProblemDefaults, neuron: string, own: string): OptionValues {
  const written = leavesOf(parseExpression('neuron', neuron)).flatMap(({ options }) => Object.keys(options))
  const tuned: OptionValues = { beta, ...(neuron === own ? { reset } : {}) }
  return Object.fromEntries(Object.entries(tuned).filter(([flag]) => !written.includes(flag)))
}

export const tunedOptions = (
  base: ProblemDefaults,
  neuron: { readonly chosen: string; readonly tuned: string },
  tuned: EstimatorDefaults,
  { options = {} }: NetworkDefaults,
) => ({
  neuron: neuronOptions(base, neuron.chosen, neuron.tuned),
  estimator: estimatorOptions(tuned),
  network: options,
})

const tunedKinds = ['neuron', 'estimator', 'network'] as const

/** The settings of networks that are tuned for a problem, and the same without spikes; those of none first. */
const variantsOf = ({ networks }: ProblemDefaults, name: string | undefined): readonly NetworkDefaults[] => [
  {},
  ...Object.entries(networks).flatMap(([network, of]) =>
    name === undefined || network === name ? [of, of.dense ?? {}] : [],
  ),
]

/**
 * The flags for which some problem has a tuned value, which replaces the declared default.
 *
 * @param kind of the factories that take them
 * @param name of one of these; absent: those of any
 */
export function tunedFlagsOf(kind: string, name?: string): ReadonlySet<string> {
  const known = tunedKinds.find((one) => one === kind)
  if (known === undefined) return new Set()
  const flags = Object.values(problemDefaults).flatMap((base) =>
    variantsOf(base, known === 'network' ? name : undefined).flatMap((network) => {
      const all = Object.entries(network.byEstimator ?? base.byEstimator)
      const own = all.filter(([estimator]) => estimator.split(' ')[0] === name)
      const fitting = known !== 'estimator' || name === undefined ? all : own
      const chosen = known === 'neuron' && name !== undefined ? name : base.neuron
      return fitting.flatMap(([, tuned]) =>
        Object.keys(tunedOptions(base, { chosen, tuned: base.neuron }, tuned, network)[known]),
      )
    }),
  )
  return new Set(flags)
}

/** These flags of all kinds. */
export const tunedFlags = (): ReadonlySet<string> => new Set(tunedKinds.flatMap((kind) => [...tunedFlagsOf(kind)]))

/**
 * Notes about the values tuned for a problem that replace the defaults of the neurons that the command line names; none
 * if it names no neurons.
 *
 * @param options of the command line
 * @param config the settings that they give
 */
export async function replacedDefaults(
  { neuron, declared: values = {} }: Pick<TrainOptions, 'neuron' | 'declared'>,
  { problem, neuronOptions }: Pick<TrainConfig, 'problem' | 'neuronOptions'>,
): Promise<readonly string[]> {
  const factories = neuron === undefined ? [] : await factoriesIn('neuron', neuron)
  return factories.flatMap(({ name, factory }) =>
    (factory === null ? [] : flagOptions(factory)).flatMap(([option, declared]) => {
      const flag = flagOf(option)
      const value = neuronOptions[flag]
      const declaredDefault = describeOption(option, declared).default
      if (value === undefined || values[flag] !== undefined || String(value) === declaredDefault) return []
      return [
        `note: ${canonical('neuron', name)} has ${flag} ${String(value)} in runs of ${problem}, instead of the default ${String(declaredDefault)} of its declaration; --${dashed(flag)} changes it\n`,
      ]
    }),
  )
}
