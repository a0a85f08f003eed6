import type {
  DataOptions,
  Estimator,
  OperatorProblem,
  Optimizer,
  PinnProblem,
  ShareOut,
  TrajectoryProblem,
} from '@spikeward/core'
import { type PrincipalComponents, spikingParts } from '@spikeward/operators'
import type { NirGraph } from '@spikeward/nir'
import { type DataOrder, shareOf } from '../ranks/job.js'
import { host } from '#host'
import { findNetwork, networks } from '../catalogue/kinds/networks.js'
import type { RolloutTraining } from '@spikeward/train'
import { rolloutProblem } from '@spikeward/problems'
import { makeNamed } from '../catalogue/make.js'
import { type Problem, SEQUENCES, TABLE, isFile, makeProblem } from '../catalogue/kinds/problems.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { OwnData } from '../host/host.js'
import type { Io } from '../io/io.js'
import { isExternal } from '../plugins/reference.js'
import { pick, usageError } from '../usage/usageError.js'
import { type PointNetwork, unitsOf } from './network/buildNetwork.js'
import { measuredAtRows } from '../train/dataArrays.js'
import { operatorExperiment, rolloutExperiment } from './operatorExperiment.js'
import { pinnExperiment } from './pinnExperiment.js'
import { regressionExperiment, sequenceExperiment } from './regressionExperiment.js'
import type { Experiment } from './experiment.js'

/** Where progress of generating data is reported, and who generates them. */
export type BuildHow = {
  readonly io: Io
  readonly quiet: boolean
  /** Solves for the functions of a set on several ranks. Default: here. */
  readonly shareData?: (order: DataOrder) => ShareOut
  /**
   * Principal components of the input functions, of a stored state of the run. Default: computed from the training
   * functions.
   */
  readonly components?: PrincipalComponents | null
  /** The graph in the network's file. Default: read from the file. */
  readonly graph?: NirGraph
  /** Parts of a program's own, in the place of those that the settings name. */
  readonly own?: OwnParts
}

export type OwnParts = {
  readonly problem?: Problem
  readonly estimator?: Estimator
  readonly optimizer?: Optimizer
  /** Of a function of points. */
  readonly network?: PointNetwork
}

export const ownDataOf = ({ data, inputs, outputs, coords }: TrainConfig): OwnData | null =>
  data === null ? null : { data, inputs, outputs, coords }

/** A table of points. If `--split 0,0` holds no row back, it is measured at the rows that a network learns from. */
async function tableOf(config: TrainConfig, own: OwnData, { io, quiet }: BuildHow): Promise<Problem> {
  const table = await host.ownProblem(own, config, 'table')
  const shares = config.split?.split(',') ?? []
  if (table.kind !== 'regression' || shares.length !== 2 || shares.some((share) => Number(share) !== 0)) return table
  if (!quiet) io.err('note: --split 0,0 holds no row back; every error is measured at the rows of the training\n')
  return measuredAtRows(table)
}

const kindOfFile = ({ problem, task }: TrainConfig): 'sequences' | 'trajectories' | 'own' =>
  problem === SEQUENCES ? 'sequences' : task === null ? 'own' : 'trajectories'

async function problemOf(config: TrainConfig, how: BuildHow): Promise<Problem> {
  const { io, shareData, own: parts } = how
  if (parts?.problem !== undefined) return parts.problem
  const own = ownDataOf(config)
  if (isFile(config.problem)) {
    if (own === null)
      throw usageError('CLI_USAGE', `the problem ${config.problem} needs your own data; name the file with --data`)
    const made =
      config.problem === TABLE
        ? await tableOf(config, own, how)
        : await host.ownProblem(own, config, kindOfFile(config))
    return { ...made, name: config.problem }
  }
  const problem = await makeProblem(config.problem, config.problemOptions, config.dataKey)
  if (problem.kind !== 'operator') return problem
  if (own !== null) return host.ownProblem(own, config, problem)
  const solved: OperatorProblem =
    shareData === undefined
      ? problem
      : {
          ...problem,
          data: (split, dataOptions) => problem.data(split, { ...dataOptions, share: shareData({ config, split }) }),
        }
  return host.cached(withSources(solved, config), (path) =>
    io.err(`note: ${path} is damaged; its data are generated again\n`),
  )
}

/** A problem of a package whose generated data are those of its present sources: an edited solver gives others. */
function withSources(problem: OperatorProblem, { problem: name, files }: TrainConfig): OperatorProblem {
  const { generator } = problem
  if (generator === null || !isExternal(name)) return problem
  return { ...problem, generator: { ...generator, signature: `${generator.signature}; ${JSON.stringify(files)}` } }
}

const hasTrajectories = (problem: OperatorProblem): problem is TrajectoryProblem => 'trajectories' in problem

/** Whether a run learns only from the residual of a spiking trunk that a stencil differentiates. */
const isStencilOfSpikes = ({ loss, derivative, spiking }: TrainConfig): boolean =>
  loss === 'physics' &&
  (derivative ?? '').startsWith('stencil') &&
  pick('choice of spiking parts', spiking ?? 'branch,trunk', spikingParts).trunk

/** A warning for equations of order 3 and higher, which a stencil differentiates inaccurately; null for others. */
function stencilNote({ derivative, loss, spiking }: TrainConfig, { physics }: PinnProblem): string | null {
  const order = Math.max(...physics.order)
  if (order < 3 || loss === 'data' || !(derivative ?? '').startsWith('stencil')) return null
  const { trunk } = pick('choice of spiking parts', spiking ?? 'branch,trunk', spikingParts)
  return (
    `note: the equation has derivatives of order ${order}, and a stencil of step h adds the rounding errors of its values, about 1e-7/h^${order} of them` +
    `${trunk ? ', and the steps of spike rates' : ''}; if the error stays near 1, scale the equation so that its terms have the size of its conditions, or give ${trunk ? '--spiking none ' : ''}--derivative exact\n`
  )
}

export async function makeExperiment(config: TrainConfig, how: BuildHow): Promise<Experiment> {
  const made = await madeOf(config, how)
  // No settings rebuild parts of a program's own.
  return how.own?.problem === undefined && how.own?.network === undefined ? made : { ...made, record: null }
}

async function madeOf(whole: TrainConfig, how: BuildHow): Promise<Experiment> {
  const problem = await problemOf(whole, how)
  const network = await findNetwork(whole.network, how.graph)
  const config = shareOf(whole, network)
  if (network.readsSteps && (problem.kind !== 'regression' || problem.window === undefined))
    throw usageError(
      'CLI_USAGE',
      `${config.network} reads sequences, and ${config.problem} has none; name the column of time of your table (--time t), or choose another network`,
    )
  if (network.kind !== problem.kind) {
    const fitting = Object.entries(networks).flatMap(([name, { kind }]) => (kind === problem.kind ? [name] : []))
    throw usageError(
      'CLI_USAGE',
      `${config.network} does not learn ${config.problem}; networks that do: ${fitting.join(', ')}`,
    )
  }
  if (how.own?.network !== undefined && problem.kind !== 'regression')
    throw usageError(
      'CLI_USAGE',
      `${config.problem} is no function of points, and only those take a network of your own here; name one with options`,
    )
  const units = await unitsOf(config)
  if (problem.kind === 'regression')
    return problem.window === undefined
      ? regressionExperiment(config, problem, network, units, how.own?.network)
      : sequenceExperiment(config, { ...problem, window: problem.window }, network, units, how.own?.network)
  const warning = problem.kind === 'pinn' && !how.quiet ? stencilNote(config, problem) : null
  if (warning !== null) how.io.err(warning)
  if (problem.kind === 'pinn') return pinnExperiment(config, problem, network, units)
  if (config.data !== null && config.batch > problem.sizes.train)
    how.io.err(
      `note: ${problem.sizes.train} training functions; the batch is reduced from ${config.batch} to that number\n`,
    )
  if (!how.quiet && isStencilOfSpikes(config))
    how.io.err(
      'note: a stencil takes differences of the rates of a spiking trunk, which change in steps, so the residual hardly trains: expect a relative L2 ' +
        'near 0.94 (predicting 0 has 1); use --spiking branch, whose trunk is smooth and differentiated exactly\n',
    )
  const onProgress = how.quiet ? undefined : how.io.dataProgress?.()
  const dataOptions: DataOptions = onProgress === undefined ? {} : { onProgress }
  if (config.task !== null) {
    if (!hasTrajectories(problem))
      throw usageError(
        'CLI_USAGE',
        `${config.problem} has no trajectories, which --task rollout learns; take a problem that has them, such as kuramoto-sivashinsky, or name an array [trajectories × time × points × channels] of your own with --data and --inputs`,
      )
    const { made } = await makeNamed('task', config.task, {})
    return rolloutExperiment(config, rolloutProblem(problem), made as RolloutTraining, network, units, dataOptions)
  }
  // The other ranks help until the run begins; its test functions are measured after its end.
  if (how.shareData !== undefined) await problem.data('test', dataOptions)
  return operatorExperiment(config, problem, network, units, dataOptions, how.components)
}
