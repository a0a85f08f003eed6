import type { Io } from './io.js'
import { estimatorEntries, estimatorSettings } from './catalogue/estimators.js'
import { neurons } from './catalogue/neurons.js'
import type { TrainConfig, Widths } from './config.js'
import { defaults } from './defaults.js'
import type { EstimatorDefaults } from './defaults.js'
import { isExternal } from './external.js'
import { pick, usageError } from './usage.js'

/** What the command line of `train` says; what it does not say is absent. */
export type TrainOptions = {
  readonly estimator?: string
  readonly scope?: string
  readonly directions?: number
  readonly distribution?: string
  readonly size?: number
  readonly readout?: string
  readonly damping?: number
  readonly adapt?: boolean
  readonly exactReadout?: boolean
  readonly backend: string
  readonly threads?: number
  readonly key: number
  readonly network?: string
  readonly hidden?: Widths
  readonly time?: number
  readonly neuron?: string
  readonly beta?: number
  readonly surrogate?: string
  readonly reset?: string
  readonly optimizer?: string
  readonly learningRate?: number
  readonly schedule?: string
  readonly steps?: number
  readonly seconds?: number
  readonly batch?: number
  readonly readoutSolve?: number
  readonly checkpointEvery?: number
  readonly out?: string
  readonly force: boolean
  readonly json: boolean
  readonly quiet: boolean
}

/** Twenty checkpoints a run. */
export const checkpointEveryOf = (steps: number): number => Math.max(1, Math.round(steps / 20))

/**
 * The settings of a run: what the command line says, and for the rest the defaults of the problem and the estimator.
 * An option that the chosen estimator or neuron does not have is left out, and said so on standard error.
 */
export function configOf(problem: string, options: TrainOptions, io: Pick<Io, 'err'>): TrainConfig {
  const base = pick('problem', problem, defaults)
  if (options.steps !== undefined && options.seconds !== undefined) {
    throw usageError('CLI_USAGE', 'both --steps and --seconds; a run ends by one of them: give one')
  }
  const estimator = options.estimator ?? base.estimator
  const tuned = tunedFor(base.byEstimator, estimator, options.scope)
  const takes = isExternal(estimator) ? estimatorSettings : pick('estimator', estimator, estimatorEntries).make.takes
  const applies = <T>(name: (typeof estimatorSettings)[number], value: T | undefined): T | null => {
    if (value === undefined) return null
    if ((takes as readonly string[]).includes(name)) return value
    io.err(`note: ${estimator} has no ${name}; --${name} is left out\n`)
    return null
  }
  const neuron = options.neuron ?? base.neuron
  const beta = pick('neuron', neuron, neurons).make.takes.some((t) => t === 'beta')
  if (!beta && options.beta !== undefined) io.err(`note: the neuron ${neuron} has no beta; --beta is left out\n`)
  const steps = options.steps ?? tuned.steps
  return {
    problem,
    network: options.network ?? base.network,
    hidden: options.hidden ?? base.hidden,
    time: options.time ?? base.time,
    neuron,
    beta: beta ? (options.beta ?? base.beta) : null,
    surrogate: options.surrogate ?? base.surrogate,
    // The tuned reset is the tuned neuron's; another model has a reset of its own.
    reset: options.reset ?? (neuron === base.neuron ? base.reset : null),
    estimator,
    scope: applies('scope', options.scope),
    directions: applies('directions', options.directions) ?? tuned.directions ?? null,
    distribution: applies('distribution', options.distribution),
    size: applies('size', options.size),
    readout: applies('readout', options.readout),
    damping: applies('damping', options.damping),
    adapt: applies('adapt', options.adapt) ?? (takes.some((t) => t === 'adapt') ? (tuned.adapt ?? null) : null),
    exactReadout: options.exactReadout ?? false,
    optimizer: options.optimizer ?? tuned.optimizer ?? base.optimizer,
    learningRate: options.learningRate ?? tuned.learningRate,
    schedule: options.schedule ?? base.schedule,
    steps,
    seconds: options.seconds ?? null,
    batch: options.batch ?? base.batch,
    readoutSolve: options.readoutSolve ?? null,
    key: options.key,
    backend: options.backend,
    threads: options.threads ?? null,
    checkpointEvery: options.checkpointEvery ?? checkpointEveryOf(steps),
  }
}

function tunedFor(
  byEstimator: Readonly<Record<string, EstimatorDefaults>>,
  estimator: string,
  scope: string | undefined,
): EstimatorDefaults {
  const found = byEstimator[`${estimator} ${scope ?? ''}`] ?? byEstimator[estimator] ?? byEstimator['other']
  if (found === undefined) throw usageError('CLI_USAGE', `there are no defaults for ${estimator}`)
  return found
}
