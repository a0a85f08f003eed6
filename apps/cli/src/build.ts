import type { Estimator, Optimizer, RegressionProblem } from '@spikeward/core'
import { exactReadout } from '@spikeward/estimators'
import { spike } from '@spikeward/neurons'
import { solveReadout } from '@spikeward/operators'
import type { SpikingMlp, SpikingMlpFixed, SpikingMlpTrained } from '@spikeward/operators'
import { constant, cosineDecay } from '@spikeward/optim'
import type { Schedule } from '@spikeward/optim'
import type { Interlude, Points } from '@spikeward/train'
import { makeEstimator } from './catalogue/estimators.js'
import type { EstimatorSettings } from './catalogue/estimators.js'
import { networks } from './catalogue/networks.js'
import { neurons, surrogates } from './catalogue/neurons.js'
import { optimizers } from './catalogue/optimizers.js'
import { problems } from './catalogue/problems.js'
import type { TrainConfig } from './config.js'
import { isExternal, loadExternal } from './external.js'
import { asUsage, pick, usageError } from './usage.js'

/** What a run is made of. */
export type Parts = {
  readonly problem: RegressionProblem
  readonly network: SpikingMlp
  readonly estimator: Estimator
  readonly optimizer: Optimizer
  readonly interludes: readonly Interlude<SpikingMlpTrained, SpikingMlpFixed, Points>[]
}

/** How the learning rate goes over the steps of a run. */
export const schedules: Readonly<Record<string, (rate: number, steps: number) => Schedule>> = {
  cosine: (initial, steps) => cosineDecay({ initial, steps }),
  constant: (rate) => constant(rate),
}

const isEstimator = (value: unknown): value is Estimator =>
  typeof value === 'object' && value !== null && 'estimate' in value && 'init' in value && 'needs' in value

/** The settings that were given, by name, without those that were not. */
const given = (settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))

async function estimatorOf(config: TrainConfig): Promise<Estimator> {
  const { scope, directions, distribution, size, readout, damping, adapt } = config
  const settings: EstimatorSettings = { scope, directions, distribution, size, readout, damping, adapt }
  if (!isExternal(config.estimator)) return makeEstimator(config.estimator, settings, config.exactReadout)
  const found = await loadExternal('estimator', config.estimator, given(settings), isEstimator)
  return config.exactReadout ? exactReadout(found) : found
}

/**
 * Puts a run together. Every name and number that cannot be is an error of usage: nothing was written yet.
 */
export function build(config: TrainConfig): Promise<Parts> {
  return asUsage(async () => {
    const problem = pick('problem', config.problem, problems).make()
    const neuron = pick('neuron', config.neuron, neurons).make.build(config)
    const surrogate = pick('surrogate', config.surrogate, surrogates).make()
    const network = pick('network', config.network, networks).make({
      problem,
      hidden: config.hidden,
      time: config.time,
      neuron,
      spike: spike(surrogate),
    })
    const estimator = await estimatorOf(config)
    const rate = pick('schedule', config.schedule, schedules)(config.learningRate, config.steps)
    const optimizer: Optimizer = pick('optimizer', config.optimizer, optimizers).make(rate)
    const { count } = problem.points('train')
    if (config.batch > count) {
      throw usageError(
        'CLI_BAD_VALUE',
        `a batch of ${config.batch} from ${count} training points; give --batch from 1 to ${count}`,
      )
    }
    const interludes = config.readoutSolve === null ? [] : [{ every: config.readoutSolve, run: solveReadout(network) }]
    return { problem, network, estimator, optimizer, interludes }
  })
}

/** Numbers that the run learns, from its widths. */
export function parameterCount({ network }: Pick<Parts, 'network'>): number {
  const { widths } = network
  return widths.slice(1).reduce((sum, n, l) => sum + ((widths[l] ?? 0) + 1) * n, 0)
}
