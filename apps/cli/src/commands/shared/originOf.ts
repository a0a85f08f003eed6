/** Where the default settings of a run come from, for the help of a command line that names a problem. */
import { gridNetwork, untunedDefaults } from '@spikeward/experiment/tuned'
import { tunedForEstimator, innermost, isFile, isNirNetwork, networkLeaf, tunedForNetwork } from '@spikeward/experiment'
import type { ProblemChoice, TrainConfig, TrainOptions } from '@spikeward/experiment'

/**
 * Whether rates, steps and sizes were tuned for a problem: sizes for each network, rates and steps for each estimator.
 *
 * @param config the settings of the run, and the options that they come from
 */
export function originOf(
  problem: string,
  { kind, defaults, isTuned }: Pick<ProblemChoice, 'kind' | 'defaults' | 'isTuned'>,
  config: Pick<TrainConfig, 'network' | 'estimator'>,
  options: Pick<TrainOptions, 'loss' | 'spiking' | 'declared'>,
): string {
  if (isFile(problem)) return 'short trials on your data choose those that are not given'
  if (!isTuned) return 'rates, steps and sizes are generic: none is tuned for this problem'
  const generic = untunedDefaults[kind]
  const { name } = networkLeaf(config.network)
  const estimator = innermost(config.estimator)
  const { settings, isNamed } = tunedForEstimator(
    defaults,
    tunedForNetwork(defaults, name, options),
    estimator,
    options,
  )
  const untuned = [...Object.values(generic.byEstimator), ...Object.values(gridNetwork.byEstimator)]
  const ratesAre = isNamed && !untuned.includes(settings)
  const rates = ratesAre ? 'tuned for this problem' : `generic for ${estimator}`
  if (isNirNetwork(config.network)) return `rates and steps are ${rates}, sizes are those of the file`
  const sizesAre = defaults.networks !== generic.networks && Object.hasOwn(defaults.networks, name)
  if (ratesAre && sizesAre) return 'rates, steps and sizes are tuned for this problem'
  if (!ratesAre && !sizesAre) return `rates, steps and sizes are generic for ${name} and ${estimator}`
  return `sizes are ${sizesAre ? 'tuned for this problem' : `generic for ${name}`}, rates and steps are ${rates}`
}
