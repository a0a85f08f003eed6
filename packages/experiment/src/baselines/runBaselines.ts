/** The baselines of a run: what else can be reached on the same data. */
import { cpu } from '@spikeward/backend-cpu'
import type { Backend } from '@spikeward/core'
import type { BuildHow, Experiment, MeasuredOn } from '../assembly/experiment.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { type BaselineChoice, type BaselineFacts, type ControlTraining, NO_FACTS } from './baselines.js'
import { kernelRidge } from './kernelRidge.js'
import { linearRidge } from './linearRidge.js'
import { bestFit } from '../search/searchBest.js'
import { rolloutBaselines, sequenceBaselines } from './sequenceBaselines.js'
import { problemDefaults } from '../tuned.js'
import { listsOf, lookUp } from '../catalogue/factories.js'
import { innermost } from '../catalogue/kinds/estimators.js'
import { findNetwork, networkLeaf } from '../catalogue/kinds/networks.js'
import { type Measure, SEARCH_KEY, type Trial, runTrial, searchRate } from '../comparison/trial.js'
import { tunedForEstimator, tunedForNetwork } from '../config/tunedSettings.js'

/**
 * Linear and kernel ridge regression on the data of an experiment, of several forms of the data that with the least
 * validation error; and those of sequences.
 *
 * @param key of the initial variables of an untrained network
 * @param on data to report on; default: the test split
 */
export async function classicalBaselines(
  experiment: Experiment,
  backend: Backend,
  key: number,
  on?: MeasuredOn,
): Promise<Omit<BaselineFacts, 'dense' | 'randomSign'>> {
  const { rollout } = experiment
  if (rollout !== null && on === undefined) return onFast(backend, (fast) => rolloutBaselines(rollout, fast))
  const forms = await experiment.rows(on)
  if (forms.length === 0) return { linear: null, kernel: null }
  return onFast(backend, async (fast) => {
    const linear = await bestFit(forms, (data) => linearRidge(data, { backend: fast }))
    const kernel = await bestFit(forms, (data) => kernelRidge(data, { backend: fast }))
    const test = on?.kind === 'points' ? on.points : null
    const others =
      experiment.kind === 'regression' && experiment.problem.window !== undefined
        ? await sequenceBaselines(
            { ...experiment.problem, window: experiment.problem.window },
            test,
            { network: experiment.network, key },
            fast,
          )
        : {}
    return { linear, kernel, ...others }
  })
}

/** The most centres of a comparison that takes about a second. */
const FEW_CENTRES = 1000

/**
 * The validation error of kernel ridge regression with at most 1,000 centres; NaN for data that no regression learns.
 */
export async function kernelValidation(experiment: Experiment, backend: Backend): Promise<number> {
  const [data] = await experiment.rows()
  if (data === undefined) return Number.NaN
  return onFast(backend, async (on) => (await kernelRidge(data, { centres: FEW_CENTRES, backend: on })).validation)
}

/** Computes on a backend, or on WebAssembly if it is slow or lacks double precision. */
async function onFast<T>(backend: Backend, compute: (on: Backend) => Promise<T>): Promise<T> {
  if (isFast(backend)) return compute(backend)
  await using wasm = await cpu()
  return await compute(wasm)
}

const isFast = ({ name, capabilities }: Backend): boolean => name !== 'reference' && capabilities.dtypes.includes('f64')

/** The baselines of a finished run that `choice` names. */
export async function runBaselines(
  choice: BaselineChoice,
  config: TrainConfig,
  experiment: Experiment,
  backend: Backend,
  how: BuildHow,
): Promise<BaselineFacts> {
  if (choice === 'none') return NO_FACTS
  const all = choice === 'all'
  return {
    ...(await classicalBaselines(experiment, backend, config.key)),
    dense: all ? await denseNetwork(config, how) : null,
    randomSign: all ? await randomSignControl(config, how) : null,
  }
}

const RATES = 3
const SHARE = 0.2

const trialOf = async (config: TrainConfig, measure: Measure, how: BuildHow): Promise<Trial> => {
  // Ranks share the steps of the run alone.
  const trial = await runTrial({ ...config, shares: null, seconds: null }, measure, how, new AbortController().signal)
  if (trial === null) throw new Error('nothing stops this training')
  return trial
}

const controlOf = ({ config, relativeL2, steps, failure, rollout, accuracy }: Trial): ControlTraining => ({
  estimator: config.estimator,
  learningRate: config.learningRate,
  steps,
  relativeL2,
  failure,
  ...(rollout === undefined ? {} : { rollout }),
  ...(accuracy === undefined ? {} : { accuracy }),
})

/** Settings of the dense form of a network. */
const [DENSE, GATED] = [{ spiking: 'none' }, { network: 'gru', networkOptions: {} }] as const

/** Whether `--spiking none` gives a dense network in its place. */
export async function hasDenseForm({ network, spiking }: TrainConfig): Promise<boolean> {
  if (spiking === 'none') return false
  const { named, graph, block } = await findNetwork(network)
  return named.plugin === null && graph === null && block === 'plain'
}

/**
 * A dense network of the same sizes, with units of tanh in the place of neurons, or of sequences gated recurrent units,
 * trained by `bp` for as many steps with the same batches and solves of the readout. The learning rate is the best of
 * three on the validation split, each tried for a fifth of the steps.
 *
 * Null if the network has no dense form, or is dense.
 */
export async function denseNetwork(config: TrainConfig, how: BuildHow): Promise<ControlTraining | null> {
  const form = networkLeaf(config.network).name === 'recurrent' ? GATED : (await hasDenseForm(config)) ? DENSE : null
  if (form === null) return null
  const defaults = problemDefaults[config.problem]
  const options = { spiking: 'none', ...(config.loss === null ? {} : { loss: config.loss }) }
  const sizes = defaults === undefined ? null : tunedForNetwork(defaults, networkLeaf(config.network).name, options)
  const rate =
    defaults === undefined || sizes === null
      ? config.learningRate
      : tunedForEstimator(defaults, sizes, 'bp', options).settings.learningRate
  const dense: TrainConfig = { ...config, ...form, estimator: 'bp', estimatorOptions: {}, exactReadout: false }
  const { learningRate } = await searchRate(rate, RATES, (tried) => {
    const steps = Math.max(1, Math.round(SHARE * config.steps))
    return trialOf({ ...dense, learningRate: tried, steps, key: SEARCH_KEY }, 'validation', how)
  })
  return controlOf(await trialOf({ ...dense, learningRate }, 'test', how))
}

/**
 * Whether the estimator of a run draws random directions: the declared variance is not 0. One of a package declares
 * none.
 */
export function drawsDirections({ estimator }: Pick<TrainConfig, 'estimator'>): boolean {
  const variance = lookUp(listsOf('estimator'), innermost(estimator))?.factory.declaration.facts['variance']
  return typeof variance === 'string' && !variance.startsWith('0')
}

/**
 * The same training with `randomSign` of the estimator: every step keeps its size and loses its sign, so that anything
 * it gains is not gained by the gradient.
 *
 * Null if the estimator draws no random directions.
 */
export async function randomSignControl(config: TrainConfig, how: BuildHow): Promise<ControlTraining | null> {
  if (!drawsDirections(config)) return null
  return controlOf(await trialOf({ ...config, estimator: `randomSign(${config.estimator})` }, 'test', how))
}
