import { regressionTask } from '@spikeward/train'
import type { Task } from '@spikeward/train'
import { viewOf } from '../points/viewOf.js'
import type { Settings } from '../settings/settings.js'
import { buildFunction } from './buildContender.js'
import { isFunction } from './catalogue.js'
import { onPoints } from './build.js'
import type { BuildHow, Shared } from './build.js'

/**
 * Makes what is learned and the network. A function of points is assembled here, since the page trains on it first: the package of
 * experiments is larger than all that is needed for it, and is loaded when an equation or an operator is named. The functions of an
 * operator are drawn and solved.
 *
 * @throws UNKNOWN_NAME; FUNCTIONS_MISSING; and the errors of the factories
 */
export async function buildShared(settings: Settings, how: BuildHow = {}): Promise<Shared> {
  if (!isFunction(settings.problem)) return (await import('./later/later.js')).buildExperiment(settings, how)
  const { network, problem } = buildFunction(settings)
  return {
    task: regressionTask({ network, problem, batch: settings.batch }) as unknown as Task,
    network,
    evaluations: 1,
    view: () => onPoints(network, viewOf(problem)),
  }
}
