import type { Network, Tensor, Variables } from '@spikeward/core'
import { regressionTask } from '@spikeward/train'
import type { Task } from '@spikeward/train'
import { viewOf } from '../points/viewOf.js'
import type { View } from '../points/viewOf.js'
import type { Settings } from '../settings/settings.js'
import { buildFunction } from './buildContender.js'
import { isFunction } from './catalogue.js'

/** The common part of all contenders of a race. */
export type Shared = {
  readonly task: Task
  /** The network as a function of points. */
  readonly network: Network<Variables>
  /** Approximate number of evaluations of the network for each point of a step. */
  readonly evaluations: number
  /** The unknown coefficients of an equation, by name; none by default. */
  readonly coefficients?: (variables: Variables) => Readonly<Record<string, Tensor>>
  /** The view of the page. Computing it may take a reference solver. */
  readonly view: () => View
}

/**
 * Makes what is learned and the network. Equations are loaded when one is named.
 *
 * @throws UNKNOWN_NAME, and the errors of the factories
 */
export async function buildShared(settings: Settings): Promise<Shared> {
  if (!isFunction(settings.problem)) return (await import('./equation/equations.js')).buildEquation(settings)
  const { network, problem } = buildFunction(settings)
  return {
    task: regressionTask({ network, problem, batch: settings.batch }) as Task,
    network,
    evaluations: 1,
    view: () => viewOf(problem),
  }
}
