import { resolve } from 'node:path'
import type { Io } from '../io/io.js'
import type { EstimatorSetting } from '../catalogue/estimatorEntries.js'
import { innermost, settingsTaken } from '../catalogue/estimators.js'
import { networks } from '../catalogue/networks.js'
import type { NetworkEntry } from '../catalogue/networks.js'
import { neuronTakes } from '../catalogue/neurons.js'
import { problemSettings, problems } from '../catalogue/problems.js'
import type { TrainConfig } from './trainConfig.js'
import { problemDefaults } from '@spikeward/problems/defaults'
import type { ByEstimator, ProblemDefaults, EstimatorDefaults, NetworkDefaults } from '@spikeward/problems/defaults'
import { networkPart } from './networkPart.js'
import type { NetworkPart, Note } from './networkPart.js'
import type { TrainOptions } from './trainOptions.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'

/** Twenty checkpoints a run. */
export const checkpointEveryOf = (steps: number): number => Math.max(1, Math.round(steps / 20))

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

/**
 * The settings of a run: what the command line says, and for the rest the defaults of problem, network and estimator. An
 * option that has nothing to act on is left out, and said so on standard error.
 */
export function configOf(problem: string, options: TrainOptions, io: Pick<Io, 'err'>): TrainConfig {
  const base = pick('problem', problem, problemDefaults)
  if (options.steps !== undefined && options.seconds !== undefined) {
    throw usageError('CLI_USAGE', 'both --steps and --seconds; a run ends by one of them: give one')
  }
  const note: Note = (what, name, value) => {
    if (value !== undefined) io.err(`note: ${what} has no ${dashed(name)}; --${dashed(name)} is left out\n`)
  }
  const network = options.network ?? base.network
  const entry = pick('network', network, networks).make
  const amplitude = base.amplitude === undefined ? {} : { amplitude: base.amplitude }
  const sizes = variantOf({ ...amplitude, ...base.networks[network] }, options)
  const neuron = options.neuron ?? base.neuron
  const beta = neuronTakes(neuron).includes('beta')
  if (!beta) note(`the neuron ${neuron}`, 'beta', options.beta)
  const parts = networkPart(network, entry, sizes, options, note)
  const estimator = (parts.loss === 'data' ? sizes.estimator : undefined) ?? base.estimator
  const learned = estimatorPart(
    options,
    { ...base, byEstimator: sizes.byEstimator ?? base.byEstimator, estimator },
    note,
  )
  const steps = options.steps ?? learned.tuned.steps
  const solve = options.readoutSolve ?? (solves(entry, sizes, parts) ? learned.tuned.readoutSolve : 0) ?? 0
  if (solve === 0) note('a run without solves', 'readoutPenalty', options.readoutPenalty)
  return {
    problem,
    ...problemPart(problem, options, note),
    network,
    ...parts,
    time: options.time ?? sizes.time ?? base.time,
    neuron,
    beta: beta ? (options.beta ?? base.beta) : null,
    surrogate: options.surrogate ?? base.surrogate,
    // The tuned reset is the tuned neuron's; another model has a reset of its own.
    reset: options.reset ?? (neuron === base.neuron ? base.reset : null),
    ...learned.config,
    schedule: options.schedule ?? base.schedule,
    steps,
    seconds: options.seconds ?? null,
    batch: batchOf(options, sizes.batch ?? base.batch),
    readoutSolve: solve === 0 ? null : solve,
    readoutPenalty: solve === 0 ? null : (options.readoutPenalty ?? learned.tuned.readoutPenalty ?? null),
    key: options.key,
    backend: options.backend,
    threads: options.threads ?? null,
    checkpointEvery: options.checkpointEvery ?? checkpointEveryOf(steps),
  }
}

/** What is tuned for a network, for the loss that it learns from and for what spikes in it. */
function variantOf(sizes: NetworkDefaults, { loss = sizes.loss, spiking }: TrainOptions): NetworkDefaults {
  const variant = (of: NetworkDefaults): NetworkDefaults => ({ ...of, ...(spiking === 'none' ? of.dense : {}) })
  return { ...variant(sizes), ...(loss === 'physics' ? variant(sizes.physics ?? {}) : {}) }
}

/**
 * Whether the readout is solved for where nobody says so: from data always; from an equation where that was tuned, and
 * where its derivatives are exact. Those of a stencil or of noise are no firm ground for least squares.
 */
function solves(entry: NetworkEntry, { physics }: NetworkDefaults, { loss, derivative }: NetworkPart): boolean {
  if (entry.kind !== 'operator') return entry.kind === 'regression'
  return loss !== 'physics' || (physics?.byEstimator !== undefined && derivative === 'exact')
}

/** The batch: a default one gives way to fewer training functions than it holds. */
function batchOf({ batch, sizes }: TrainOptions, usual: number): number {
  if (batch !== undefined) return batch
  return sizes?.[0] === undefined ? usual : Math.min(usual, sizes[0])
}

type ProblemPart = Pick<
  TrainConfig,
  (typeof problemSettings)[number] | 'dataKey' | 'data' | 'inputs' | 'outputs' | 'coords' | 'dataHash'
>

function problemPart(problem: string, options: TrainOptions, note: Note): ProblemPart {
  const entry = pick('problem', problem, problems).make
  const takes: readonly string[] = entry.kind === 'operator' ? entry.takes : []
  const isOperator = entry.kind === 'operator' || entry.kind === 'own'
  const part = <T>(name: string, value: T | undefined, fits: boolean): T | null => {
    if (!fits) note(problem, name, value)
    return fits ? (value ?? null) : null
  }
  const given = Object.fromEntries(problemSettings.map((n) => [n, part(n, options[n], takes.includes(n))]))
  const {
    interval = null,
    sensors = null,
    lengthScale = null,
    resolution = null,
    sizes = null,
  } = given as Partial<Pick<TrainConfig, (typeof problemSettings)[number]>>
  const data = part('data', options.data, isOperator)
  return {
    interval,
    sensors,
    lengthScale,
    resolution,
    sizes,
    dataKey: part('dataKey', options.dataKey, isOperator) ?? 0,
    data: data === null ? null : resolve(data),
    inputs: part('inputs', options.inputs, data !== null),
    outputs: part('outputs', options.outputs, data !== null),
    coords: part('coords', options.coords, data !== null),
    dataHash: null,
  }
}

type EstimatorPart = Pick<TrainConfig, EstimatorSetting | 'estimator' | 'exactReadout' | 'optimizer' | 'learningRate'>

function estimatorPart(
  options: TrainOptions,
  base: ProblemDefaults,
  note: Note,
): { readonly tuned: EstimatorDefaults; readonly config: EstimatorPart } {
  const estimator = options.estimator ?? base.estimator
  const tuned = tunedFor(base.byEstimator, innermost(estimator), options.scope)
  const takes = settingsTaken(estimator)
  const applies = <T>(name: EstimatorSetting, value: T | undefined): T | null => {
    if (!takes.includes(name)) note(estimator, name, value)
    return takes.includes(name) ? (value ?? null) : null
  }
  const config = {
    estimator,
    scope: applies('scope', options.scope),
    directions: applies('directions', options.directions) ?? tuned.directions ?? null,
    distribution: applies('distribution', options.distribution),
    size: applies('size', options.size),
    readout: applies('readout', options.readout),
    damping: applies('damping', options.damping),
    adapt: applies('adapt', options.adapt) ?? (takes.includes('adapt') ? (tuned.adapt ?? null) : null),
    exactReadout: options.exactReadout ?? tuned.exactReadout ?? false,
    optimizer: options.optimizer ?? tuned.optimizer ?? base.optimizer,
    learningRate: options.learningRate ?? tuned.learningRate,
  }
  return { tuned, config }
}

function tunedFor(byEstimator: ByEstimator, estimator: string, scope: string | undefined): EstimatorDefaults {
  const found = byEstimator[`${estimator} ${scope ?? ''}`] ?? byEstimator[estimator] ?? byEstimator['other']
  if (found === undefined) throw usageError('CLI_USAGE', `there are no defaults for ${estimator}`)
  return found
}
