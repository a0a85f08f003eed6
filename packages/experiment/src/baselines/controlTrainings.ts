/** Baselines that are trainings themselves: a dense network of the same sizes, and steps of random sign. */
import { problemDefaults } from '../tuned.js'
import { listsOf, lookUp } from '../catalogue/factories.js'
import { innermost } from '../catalogue/kinds/estimators.js'
import { networkLeaf } from '../catalogue/kinds/nirNetworks.js'
import type { ControlTraining } from './baselines.js'
import { findNetwork } from '../catalogue/kinds/networks.js'
import type { BuildHow } from '../assembly/makeExperiment.js'
import { type Measure, SEARCH_KEY, type Trial, runTrial } from '../comparison/trial.js'
import { searchRate } from '../comparison/searchRate.js'
import { tunedForEstimator, tunedForNetwork } from '../config/tunedSettings.js'
import type { TrainConfig } from '../config/trainConfig.js'

const RATES = 3
const SHARE = 0.2

const trialOf = async (config: TrainConfig, measure: Measure, how: BuildHow): Promise<Trial> => {
  // Ranks share the steps of the run alone.
  const trial = await runTrial({ ...config, shares: null, seconds: null }, measure, how, new AbortController().signal)
  if (trial === null) throw new Error('nothing stops this training')
  return trial
}

const controlOf = ({ config, relativeL2, steps, failure, rollout }: Trial): ControlTraining => ({
  estimator: config.estimator,
  learningRate: config.learningRate,
  steps,
  relativeL2,
  failure,
  ...(rollout === undefined ? {} : { rollout }),
})

async function hasDenseForm({ network, spiking }: TrainConfig): Promise<boolean> {
  if (spiking === 'none') return false
  const { named, graph, block } = await findNetwork(network)
  return named.plugin === null && graph === null && block === 'plain'
}

/**
 * A dense network of the same sizes, with units of tanh in the place of neurons, trained by `bp` for as many steps with the same batches and
 * solves of the readout. The learning rate is the best of three on the validation split, each tried for a fifth of the steps.
 *
 * Null if the network has no dense form, or is dense.
 */
export async function denseNetwork(config: TrainConfig, how: BuildHow): Promise<ControlTraining | null> {
  if (!(await hasDenseForm(config))) return null
  const defaults = problemDefaults[config.problem]
  const given = { spiking: 'none', ...(config.loss === null ? {} : { loss: config.loss }) }
  const sizes = defaults === undefined ? null : tunedForNetwork(defaults, networkLeaf(config.network).name, given)
  const rate =
    defaults === undefined || sizes === null
      ? config.learningRate
      : tunedForEstimator(defaults, sizes, 'bp', given).settings.learningRate
  const dense: TrainConfig = { ...config, spiking: 'none', estimator: 'bp', estimatorOptions: {}, exactReadout: false }
  const { learningRate } = await searchRate(rate, RATES, (tried) => {
    const steps = Math.max(1, Math.round(SHARE * config.steps))
    return trialOf({ ...dense, learningRate: tried, steps, key: SEARCH_KEY }, 'validation', how)
  })
  return controlOf(await trialOf({ ...dense, learningRate }, 'test', how))
}

/** Whether the estimator of a run draws random directions: the declared variance is not 0. One of a package declares none. */
export function drawsDirections({ estimator }: Pick<TrainConfig, 'estimator'>): boolean {
  const variance = lookUp(listsOf('estimator'), innermost(estimator))?.factory.declaration.facts['variance']
  return typeof variance === 'string' && !variance.startsWith('0')
}

/**
 * The same training with `randomSign` of the estimator: every step keeps its size and loses its sign, so that anything it gains is not gained
 * by the gradient.
 *
 * Null if the estimator draws no random directions.
 */
export async function randomSignControl(config: TrainConfig, how: BuildHow): Promise<ControlTraining | null> {
  if (!drawsDirections(config)) return null
  return controlOf(await trialOf({ ...config, estimator: `randomSign(${config.estimator})` }, 'test', how))
}
