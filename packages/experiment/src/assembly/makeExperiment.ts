import type { OperatorProblem } from '@spikeward/core'
import { shareOf } from '../ranks/job.js'
import { host } from '#host'
import { findNetwork, networks } from '../catalogue/kinds/networks.js'
import { type Problem, SEQUENCES, TABLE, isFile, makeProblem } from '../catalogue/kinds/problems.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { OwnData } from '../host/host.js'
import { isExternal } from '../plugins/reference.js'
import { usageError } from '../usage/usageError.js'
import { unitsOf } from './network/buildNetwork.js'
import { measuredAtRows } from '../train/dataArrays.js'
import { experimentKinds } from './kinds.js'
import type { BuildHow, Experiment } from './experiment.js'

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
    const problem =
      config.problem === TABLE
        ? await tableOf(config, own, how)
        : await host.ownProblem(own, config, kindOfFile(config))
    return { ...problem, name: config.problem }
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

export async function makeExperiment(whole: TrainConfig, how: BuildHow): Promise<Experiment> {
  const problem = await problemOf(whole, how)
  const entry = await findNetwork(whole.network, how.graph)
  const config = shareOf(whole, entry)
  if (entry.readsSteps && (problem.kind !== 'regression' || problem.window === undefined))
    throw usageError(
      'CLI_USAGE',
      `${config.network} reads sequences, and ${config.problem} has none; name the column of time of your table (--time t), or choose another network`,
    )
  if (entry.kind !== problem.kind) {
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
  const classes = problem.kind === 'regression' && problem.window?.classes !== undefined
  if (config.members !== null && (classes || config.shares !== null || config.task !== null))
    throw usageError(
      'CLI_USAGE',
      '--members trains functions of points, equations and operators in one process, and neither classes of sequences nor rollouts nor over ranks; leave it out, and train each member as a run with another --key',
    )
  const units = await unitsOf(config)
  const experiment = await experimentKinds[problem.kind].make({ config, problem, entry, units, how })
  // No settings rebuild parts of a program's own.
  return how.own?.problem === undefined && how.own?.network === undefined ? experiment : { ...experiment, record: null }
}
