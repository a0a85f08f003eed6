import { key, treeLeaves } from '@spikeward/core'
import { SEQUENCES, TABLE, choiceOf, findProblem, isFile, makeProblem } from '../catalogue/kinds/problems.js'
import type { Problem, ProblemChoice } from '../catalogue/kinds/problems.js'
import { leafOf, resolverFor } from '../catalogue/make.js'
import { type OptionValues, allOptions, takesFlag } from '../catalogue/optionValues.js'
import type { Io } from '../io/io.js'
import { host } from '#host'
import { type NirGraph, stepsOf } from '@spikeward/nir'
import type { NetworkDefaults } from '../tuned.js'
import { factories } from '../catalogue/factories.js'
import { canonical, withOptions } from '../catalogue/notation/canonical.js'
import { makeNeuron } from '../catalogue/kinds/neurons.js'
import { findNetwork, isNirNetwork, networkLeaf, withAbsolutePath } from '../catalogue/kinds/networks.js'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { notedSurrogate } from '../deployment/problemIn.js'
import { dashed, otherWords, usageError } from '../usage/usageError.js'
import { type Chosen, chosenFactories, dealOut, flagKinds, overriddenFlags } from './declaredValues.js'
import { experimentKinds } from '../assembly/kinds.js'
import { type NetworkPart, type Note, losses, nothing, partSettings } from './networkPart.js'
import { tunedForEstimator, tunedForNetwork, tunedOptions } from './tunedSettings.js'
import type { TrainConfig, TrainOptions } from './trainConfig.js'

/** Twenty checkpoints per run. */
export const checkpointEveryOf = (steps: number): number => Math.max(1, Math.round(steps / 20))

/**
 * The settings of a run: the options of the command line, and for the rest the defaults of problem, network and
 * estimator. An option that nothing in the run uses is ignored, with a note on standard error. Names and their aliases
 * give the same settings.
 *
 * @param graph the graph of the network's NIR file, if the caller has already read it
 * @param own a problem that a program defines, whose name is `name`; `own` and `table` are data of the program, with
 *   the defaults of a file
 */
export async function configOf(
  name: string,
  options: TrainOptions,
  io: Pick<Io, 'err'>,
  graph: NirGraph | null = null,
  own?: Problem,
): Promise<TrainConfig> {
  const choice = own === undefined || isFile(name) ? await findProblem(name) : choiceOf(own)
  const problem = choice.named === null ? name : canonical('problem', name)
  const base = choice.defaults
  if (options.steps !== undefined && options.seconds !== undefined)
    throw usageError('CLI_USAGE', 'both --steps and --seconds are given; a run ends by one of them: give one')
  // Time-steppers are networks on a grid.
  const network = storedNetwork(options.network ?? (options.task === undefined ? base.network : 'fno'))
  const entry = await findNetwork(network, graph)
  const sizes = tunedForNetwork(base, networkLeaf(network).name, options)
  const { takes, part } = experimentKinds[entry.kind].settings
  // A network from a file has its own sizes.
  const accepted: readonly string[] = entry.graph === null ? takes(entry) : []
  const note: Note = (what, name, value) => {
    const meant = (Object.hasOwn(otherWords, name) ? otherWords[name]! : []).find((word) => accepted.includes(word))
    const hint = meant === undefined ? '' : `; did you mean --${meant}?`
    if (value !== undefined) io.err(`note: ${what} has no ${dashed(name)}; --${dashed(name)} is ignored${hint}\n`)
  }
  if (options.spiking === 'none' && !accepted.includes('spiking') && (entry.graph ?? entry.named.plugin) !== null)
    throw usageError(
      'CLI_USAGE',
      `--spiking none: the network ${network} comes from a file or a package, and only its author can say what its dense form is; leave the option out, or name a network of this library`,
    )
  const factory = choice.named?.factory ?? null
  const declared = factory === null ? {} : allOptions(factory)
  for (const setting of partSettings) {
    if (accepted.includes(setting)) continue
    const value = options[setting]
    if (value !== undefined && Object.hasOwn(declared, setting))
      throw usageError(
        'CLI_USAGE',
        `--${dashed(setting)}: ${network} has no such setting, and ${problem} has an option of that name; leave the flag out, or give the problem's own in parentheses: '${leafOf('problem', problem).name}(${setting}=…)'`,
      )
    note(network, setting, value)
  }
  const parts = entry.graph === null ? part(network, entry, sizes, options, note) : nothing
  const applies = entry.kind === 'pinn' || parts.loss === null || losses[parts.loss]?.physics === false
  const tunedEstimator = (applies ? sizes.estimator : undefined) ?? base.estimator
  const neuron = canonical('neuron', options.neuron ?? base.neuron)
  const wanted = canonical('estimator', options.estimator ?? tunedEstimator)
  const estimator = (await leavesNeurons(wanted, neuron, parts, options)) ? `beside(${wanted}, rfg)` : wanted
  if (estimator !== wanted)
    io.err(
      `note: ${wanted} does not reach neurons below the last hidden layer, which learn too: ${estimator} is taken\n`,
    )
  const { settings: tuned } = tunedForEstimator(base, sizes, estimator, options)
  // A file notes how its network was trained.
  const notedTime = entry.graph === null ? null : stepsOf(entry.graph)
  const surrogate = canonical('surrogate', options.surrogate ?? notedSurrogate(entry.graph, network) ?? base.surrogate)
  const optimizer = canonical('optimizer', options.optimizer ?? tuned.optimizer ?? base.optimizer)
  const schedule = canonical('schedule', options.schedule ?? base.schedule)
  const backend = canonical('backend', options.backend)
  const texts = { problem, network, neuron, surrogate, estimator, optimizer, schedule, backend }
  const chosen = await chosenFactories(texts, choice, entry)
  const request = givenOf(problem, options, note)
  const values = dealOut(
    chosen,
    request,
    tunedOptions(base, { chosen: neuron, tuned: canonical('neuron', base.neuron) }, tuned, sizes),
    (flag) => note(lacking(flag, chosen), flag, true),
    await resolverFor(request),
  )
  for (const { kind, flag } of overriddenFlags(chosen, request, values))
    io.err(`note: the ${kind} ${chosen[kind].text} sets ${flag} in its parentheses; --${dashed(flag)} is ignored\n`)
  // First spikes are of neurons of their own, without time steps.
  const code = networkLeaf(network).options['code'] ?? values.network['code']
  if (code === 'firstSpike' && parts.spiking !== 'none') {
    for (const setting of ['time', 'neuron', 'surrogate'] as const) note('--code firstSpike', setting, options[setting])
    for (const flag of Object.keys({ ...values.neuron, ...values.surrogate }))
      note('--code firstSpike', flag, request[flag])
  }
  const task = taskOf(choice, options, note)
  const steps = options.steps ?? tuned.steps
  const solve =
    task !== null ? 0 : (options.readoutSolve ?? (solves(entry, sizes, parts) ? tuned.readoutSolve : 0) ?? 0)
  if (solve === 0) note('a run without solves', 'readoutPenalty', options.readoutPenalty)
  const data = dataPart(problem, choice, options, note)
  // A program knows how many rows its own data have.
  const [rows, noted] =
    own === undefined
      ? [await scarceRows(problem, choice, values.problem, data.dataKey), io]
      : [trainingRows(own), { err: () => undefined }]
  const settings = {
    format: 2 as const,
    problem,
    problemOptions: values.problem,
    ...data,
    network,
    networkOptions: values.network,
    ...parts,
    ...(task === null ? {} : { amplitude: null, loss: 'data' }),
    // A basis of the solutions has at most one mode for each training function.
    features:
      parts.features === null || options.features !== undefined || !entry.hasOption('basis')
        ? parts.features
        : atMost('the number of features', parts.features, rows, noted),
    time: options.time ?? notedTime ?? sizes.time ?? base.time,
    neuron,
    neuronOptions: values.neuron,
    surrogate,
    surrogateOptions: values.surrogate,
    estimator,
    estimatorOptions: values.estimator,
    exactReadout: options.exactReadout ?? tuned.exactReadout ?? false,
    optimizer,
    optimizerOptions: values.optimizer,
    learningRate: options.learningRate ?? tuned.learningRate,
    schedule: withOptions('schedule', schedule, chosen.schedule.factories, values.schedule),
    steps,
    seconds: options.seconds ?? null,
    batch: options.batch ?? atMost('the batch', sizes.batch ?? base.batch, rows, noted),
    readoutSolve: solve === 0 ? null : solve,
    members: options.members === undefined || options.members === 1 ? null : options.members,
    readoutPenalty: solve === 0 ? null : (options.readoutPenalty ?? tuned.readoutPenalty ?? null),
    patience: patienceOf(options, problem),
    task,
    shares: null,
    key: options.key,
    backend: withOptions('backend', backend, chosen.backend.factories, values.backend),
    threads: options.threads ?? null,
    checkpointEvery: options.checkpointEvery ?? checkpointEveryOf(steps),
    ...(options.from === undefined ? {} : { from: host.absolutePath(options.from) }),
  }
  return { ...settings, files: await host.digests(settings) }
}

/** Whether neurons have parameters below the last hidden layer, to which `eligibility` passes no error. */
async function leavesNeurons(
  estimator: string,
  neuron: string,
  { hidden, branch, trunk, spiking }: NetworkPart,
  { declared }: TrainOptions,
): Promise<boolean> {
  const isDeep = [hidden, branch, trunk].some((widths) => widths !== null && widths.length > 1)
  if (!/^eligibility\b/.test(estimator) || !isDeep || spiking === 'none') return false
  return treeLeaves((await makeNeuron(neuron, declared)).init(key(0), 1)).length > 0
}

const storedNetwork = (text: string): string =>
  isNirNetwork(text) ? withAbsolutePath(text) : canonical('network', text)

/**
 * Whether the readout is solved by default: always with data; with an equation only if that was tuned and its
 * derivatives are exact. Derivatives from a stencil or from noise are too inexact for least squares.
 */
function solves(entry: NetworkEntry, { physics }: NetworkDefaults, { loss, derivative }: NetworkPart): boolean {
  // A product of branches is no affine function of one readout.
  if (entry.graph !== null || entry.hasOption('branches')) return false
  if (entry.kind !== 'operator') return entry.kind === 'regression' && !entry.readsSteps
  // The last map of a network on a grid is solved for the untrained baseline alone.
  if (entry.onGrid) return false
  return loss !== 'physics' || (physics?.byEstimator !== undefined && derivative === 'exact')
}

/**
 * The number of consecutive validations, of 20 per run, without a lower error after which a run on the user's data
 * stops.
 */
const OWN_PATIENCE = 6

function patienceOf({ patience }: TrainOptions, problem: string): number | null {
  const chosen = patience ?? (isFile(problem) ? OWN_PATIENCE : 0)
  return chosen === 0 ? null : chosen
}

/** Values by flag from the command line; `--sizes` becomes the three options that it abbreviates. */
function givenOf(problem: string, { sizes, declared = {} }: TrainOptions, note: Note): OptionValues {
  if (sizes === undefined) return declared
  if (isFile(problem)) {
    note(problem, 'sizes', sizes)
    return declared
  }
  const [train = 0, validation = 0, test = 0] = sizes
  return { train, validation, test, ...declared }
}

function lacking(flag: string, chosen: Chosen): string {
  const kind = flagKinds.find((one) => Object.values(factories[one]).some((factory) => takesFlag(factory, flag)))
  if (kind === undefined) return 'this run'
  return kind === 'problem' || kind === 'estimator' ? chosen[kind].text : `the ${kind} ${chosen[kind].text}`
}

type DataPart = Pick<
  TrainConfig,
  'dataKey' | 'data' | 'inputs' | 'outputs' | 'coords' | 'split' | 'categories' | 'missing' | 'sequences'
>

function dataPart(problem: string, { kind }: ProblemChoice, options: TrainOptions, note: Note): DataPart {
  const part = <T>(name: string, value: T | undefined, fits: boolean): T | null => {
    if (!fits) note(problem, name, value)
    return fits ? (value ?? null) : null
  }
  const reads = kind === 'operator' || problem === TABLE || problem === SEQUENCES
  const data = part('data', options.data, reads)
  return {
    dataKey: part('dataKey', options.dataKey, reads) ?? 0,
    data: data === null ? null : host.absolutePath(data),
    inputs: part('inputs', options.inputs, data !== null),
    outputs: part('outputs', options.outputs, data !== null),
    coords: part('coords', options.coords, data !== null && kind === 'operator'),
    split: part('split', options.split, data !== null),
    categories: part('categories', options.categories, data !== null && (problem === TABLE || problem === SEQUENCES)),
    missing: part('missing', options.missing, data !== null && problem === TABLE),
    sequences: sequencesOf(problem, options, note),
  }
}

function taskOf({ kind }: ProblemChoice, options: TrainOptions, note: Note): string | null {
  if (options.task === undefined) return null
  if (kind !== 'operator')
    throw usageError(
      'CLI_USAGE',
      `--task ${options.task} needs a problem with trajectories, such as kuramoto-sivashinsky`,
    )
  for (const name of ['readoutSolve', 'amplitude'] as const) note('a rollout', name, options[name])
  if (options.loss !== undefined && options.loss !== 'data')
    throw usageError('CLI_USAGE', `--loss ${options.loss}: a rollout learns from trajectories; leave out --loss`)
  return canonical('task', options.task)
}

const sequenceFlagNames = [
  'timeColumn',
  'runColumn',
  'horizon',
  'delays',
  'window',
  'warmUp',
  'elapsed',
  'hold',
] as const

function sequencesOf(problem: string, options: TrainOptions, note: Note): TrainConfig['sequences'] {
  if (problem !== SEQUENCES) {
    for (const name of sequenceFlagNames) note(problem, name, options[name])
    return null
  }
  const { timeColumn = null, runColumn = null, horizon = 0, delays = 8 } = options
  const { window = null, warmUp = null } = options
  return {
    timeColumn,
    runColumn,
    horizon,
    delays,
    window,
    warmUp,
    elapsed: options.elapsed ?? false,
    hold: options.hold ?? false,
  }
}

/** The number of training functions of an operator, or of the training points of another problem. */
export type TrainingRows = { readonly count: number; readonly what: 'functions' | 'points' }

/** The training rows of a problem; null for an equation, whose points are drawn at each step. */
export function trainingRows(problem: Problem): TrainingRows | null {
  if (problem.kind === 'pinn') return null
  return problem.kind === 'operator'
    ? { count: problem.sizes.train, what: 'functions' }
    : { count: problem.points('train').count, what: 'points' }
}

/**
 * The training rows of a problem that may have fewer than its defaults assume: one of the user's own, or one of another
 * size. Null for others.
 *
 * @param values of the problem, by flag
 */
export async function scarceRows(
  problem: string,
  { kind, named }: Pick<ProblemChoice, 'kind' | 'named'>,
  values: OptionValues,
  dataKey: number,
): Promise<TrainingRows | null> {
  const mayBeSmaller =
    named !== null && (named.plugin !== null || 'train' in values || 'train' in leafOf('problem', problem).options)
  return kind !== 'pinn' && mayBeSmaller ? trainingRows(await makeProblem(problem, values, dataKey)) : null
}

/** A default that is at most the number of training rows; if that reduces it, with a note. */
export function atMost(name: string, preferred: number, rows: TrainingRows | null, { err }: Pick<Io, 'err'>): number {
  if (rows === null || rows.count >= preferred) return preferred
  err(`note: ${rows.count} training ${rows.what}; ${name} is reduced from ${preferred} to that number\n`)
  return rows.count
}
