import type { DataOptions, OperatorProblem } from '@spikeward/core'
import { cachedData } from '@spikeward/problems/node'
import { networks } from '../catalogue/networks.js'
import { problems } from '../catalogue/problems.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { hashOf, inPlaceOf, readOwn } from './ownData.js'
import type { OwnData } from './ownData.js'
import { showData } from '../io/showData.js'
import type { Io } from '../io/io.js'
import { pick } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import { unitsOf } from './blocks.js'
import { operatorExperiment } from './operatorExperiment.js'
import { pinnExperiment } from './pinnExperiment.js'
import { regressionExperiment } from './regressionExperiment.js'
import type { Experiment } from './experiment.js'

/** Whom to tell how far data are that have to be made first. */
export type BuildHow = { readonly io: Io; readonly quiet: boolean }

/** The data that the settings name; null where the problem draws its own. */
export const ownDataOf = ({ data, inputs, outputs, coords }: TrainConfig): OwnData | null =>
  data === null ? null : { data, inputs, outputs, coords }

/** An operator problem by its settings: its functions drawn once and kept, or read from a file. */
export async function operatorProblem(config: TrainConfig, { io }: BuildHow): Promise<OperatorProblem | null> {
  const entry = pick('problem', config.problem, problems).make
  const own = ownDataOf(config)
  if (entry.kind === 'own') {
    if (own === null) throw usageError('CLI_USAGE', 'own is what a file of yours holds; name it with --data')
    return { ...(await readChecked(config, own)), name: 'own' }
  }
  if (entry.kind !== 'operator') return null
  const problem = entry.build(config)
  if (own !== null) return inPlaceOf(problem, await readChecked(config, own), own)
  return cachedData(problem, {
    onDamaged: (path) => io.err(`note: ${path} is damaged; its data are made anew\n`),
  })
}

/** Reads a run's file, which must be the one that the run began with. */
async function readChecked(config: TrainConfig, own: OwnData): Promise<OperatorProblem> {
  const problem = await readOwn(own, config.dataKey, false)
  if (config.dataHash === null || config.dataHash === (await hashOf(own.data))) return problem
  throw usageError(
    'CLI_DATA_CHANGED',
    `${own.data} was changed since the run began (its checksum says so); restore it, or start a new run`,
  )
}

/** Whether a run learns a map from functions to functions. */
export function isOperator({ problem }: Pick<TrainConfig, 'problem'>): boolean {
  const { kind } = pick('problem', problem, problems).make
  return kind === 'operator' || kind === 'own'
}

/** What a run learns, by its settings. */
export async function makeExperiment(config: TrainConfig, how: BuildHow): Promise<Experiment> {
  const entry = pick('problem', config.problem, problems).make
  const network = pick('network', config.network, networks).make
  const kind = entry.kind === 'own' ? 'operator' : entry.kind
  if (network.kind !== kind) {
    const fitting = Object.entries(networks).flatMap(([name, { make }]) => (make.kind === kind ? [name] : []))
    throw usageError(
      'CLI_USAGE',
      `${config.network} does not learn ${config.problem}; networks that do: ${fitting.join(', ')}`,
    )
  }
  const units = await unitsOf(config)
  if (entry.kind === 'regression') return regressionExperiment(config, entry.build(), units)
  if (entry.kind === 'pinn' && network.kind === 'pinn') return pinnExperiment(config, entry.build(), network, units)
  const problem = await operatorProblem(config, how)
  if (problem === null || network.kind !== 'operator') throw usageError('CLI_USAGE', `${config.problem} is no operator`)
  if (config.data !== null && config.batch > problem.sizes.train) {
    how.io.err(`note: ${problem.sizes.train} training functions; a batch is as large, not ${config.batch}\n`)
  }
  const asked: DataOptions = { onProgress: showData(how.io, how.quiet) }
  return operatorExperiment(config, problem, network, units, asked)
}
