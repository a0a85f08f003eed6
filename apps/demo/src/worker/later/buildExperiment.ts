import {
  buildParts,
  makeProblem,
  type Assembled,
  type OperatorExperiment,
  type PinnExperiment,
  type TrainConfig,
  type Io,
  configOf,
} from '@spikeward/experiment'
import { countOf } from '@spikeward/problems'
import { asRegression, operatorEvaluator } from '@spikeward/train'
import { functionsOf } from '../../drawnFunctions.js'
import { type Functions, entryOf } from '../../protocol.js'
import type { Settings } from '../../settings/settings.js'
import { type BuildHow, type Shared, buildPoints, onPoints, ownProblem } from '../build.js'
import { isFunction } from '../catalogue.js'
import { equationView } from './equationView.js'
import { functionsFor } from './functionsFor.js'
import { operatorView } from './operatorView.js'
import { wholeCatalogue } from './wholeCatalogue.js'
import { runOf } from '../../settings/runOf.js'

const nothing = (): undefined => undefined

/** Notes and progress of a run in a page: none are shown. */
export const silent: Io = { out: nothing, err: nothing, errIsTerminal: false, onInterrupt: () => nothing }

/** All settings of the run of one contender, with what has no control as it is tuned. */
export function configFor(settings: Settings, contender: number): Promise<TrainConfig> {
  const { problem, options } = runOf(settings, settings.contenders[contender]!, wholeCatalogue)
  const all = { ...options, json: false, quiet: true, force: false }
  return configOf(problem, all, silent, null, ownProblem(settings))
}

/**
 * The run of one contender.
 *
 * @throws CLI_UNKNOWN_NAME; the errors of the factories
 */
export async function assemble(settings: Settings, contender: number): Promise<Assembled> {
  const [config, problem] = [await configFor(settings, contender), ownProblem(settings)]
  const own = problem === undefined ? {} : { own: { problem } }
  return { config, parts: await buildParts(config, { io: silent, quiet: true, ...own }) }
}

/**
 * Values at a point and at four more along each axis, as a stencil of fourth order takes; other methods cost about as
 * much.
 */
function ofEquation({ problem, network }: PinnExperiment): Pick<Shared, 'network' | 'evaluations' | 'view'> {
  const ofPoints = asRegression(network)
  return {
    network: ofPoints,
    evaluations: 1 + 4 * problem.axes.length,
    view: () => onPoints(ofPoints, equationView(problem)),
  }
}

/** One evaluation is a pass of a function through the branch, or a point of a network on a grid. */
function ofOperator(
  { problem, network }: OperatorExperiment,
  { branch, trunk, points, batch }: TrainConfig,
  { sets: { test } }: Functions,
  text: string,
): Pick<Shared, 'network' | 'evaluations' | 'view'> {
  const neurons = (widths: readonly number[] | null): number => (widths ?? []).reduce((a, b) => a + b, 0)
  const ofTrunk = neurons(trunk) * (points ?? countOf(problem.at))
  return {
    network: asRegression(network, problem.sensors.count),
    evaluations: branch === null ? countOf(problem.at) : 1 + ofTrunk / (Math.max(1, neurons(branch)) * batch),
    view: () => ({ ...operatorView(problem, test, text), measure: () => operatorEvaluator(network, problem, test) }),
  }
}

/**
 * Assembles an equation or an operator, with everything that the page has no control for as it is tuned. The functions
 * of an operator are drawn and solved, unless they are given.
 *
 * @throws CLI_UNKNOWN_NAME; FUNCTIONS_MISSING; DEMO_FUNCTIONS; the errors of the factories, of the solver and of the
 *   signal
 */
export async function buildExperiment(settings: Settings, how: BuildHow = {}): Promise<Shared> {
  if (isFunction(settings.problem)) return buildPoints(settings)
  const configs = await Promise.all(settings.contenders.map((_, i) => configFor(settings, i)))
  const [config] = configs as [TrainConfig, ...TrainConfig[]]
  const source = await makeProblem(config.problem, config.problemOptions, config.dataKey)
  const functions = source.kind === 'operator' ? await functionsFor(source, functionsOf(settings), how) : null
  const problem =
    source.kind === 'operator'
      ? { ...source, data: (split: keyof Functions['sets']) => Promise.resolve(functions!.sets[split]) }
      : source
  const built: Assembled[] = []
  for (const own of configs) {
    // Experiments differ in the solves of their readout alone.
    const alike = ({ config: { readoutSolve, readoutPenalty } }: Assembled): boolean =>
      readoutSolve === own.readoutSolve && readoutPenalty === own.readoutPenalty
    const parts = await buildParts(own, { io: silent, quiet: true, own: { problem } }, built.find(alike))
    built.push({ config: own, parts })
  }
  const [{ experiment }] = built.map(({ parts }) => parts) as [Assembled['parts'], ...Assembled['parts'][]]
  if (experiment.kind === 'regression') throw new Error('a function of points is assembled elsewhere')
  const common = {
    task: experiment.task,
    assembled: built,
    callbacks: (i: number) => built[i]!.parts.experiment.callbacks,
  }
  if (experiment.kind === 'pinn') {
    const { coefficients } = experiment.network
    return { ...common, ...ofEquation(experiment), ...(coefficients === undefined ? {} : { coefficients }) }
  }
  const readoutsOf = ({ parts }: Assembled) => parts.experiment.readouts
  return {
    ...common,
    ...ofOperator(experiment, config, functions!, entryOf(wholeCatalogue.problems, settings.problem)!.summary),
    needsDoubles: built.some((one) => readoutsOf(one)?.whileTraining === true),
    async last(i, variables) {
      const readouts = readoutsOf(built[i]!)
      return readouts?.atEnd === true ? ((await readouts.improved(variables))?.variables ?? variables) : variables
    },
  }
}
