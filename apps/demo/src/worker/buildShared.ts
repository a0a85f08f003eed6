import type { Network, Tensor, Variables } from '@spikeward/core'
import type { PreparedOperator } from '@spikeward/operators'
import { evaluator, regressionTask } from '@spikeward/train'
import type { Callback, Evaluator, Task } from '@spikeward/train'
import { viewOf } from '../points/viewOf.js'
import type { PointView, View } from '../points/viewOf.js'
import type { DataCount, Functions } from '../protocol.js'
import type { Contender, Settings } from '../settings/settings.js'
import { buildFunction } from './buildContender.js'
import { isFunction } from './catalogue.js'

/** A view, and what it is computed from: the answers of the network, and their error. */
export type MeasuredView = View & { readonly measure: () => Evaluator<Variables> }

/** The common part of all contenders of a race. */
export type Shared = {
  readonly task: Task
  /** The network as a function of points. Of an operator at one row: the coordinates of a point, then the sensor values of a function. */
  readonly network: Network<Variables>
  /** Approximate number of evaluations of the network for each point of a step. */
  readonly evaluations: number
  /** Work between the steps of a contender, such as exact solves of the readout. Absent: nothing. */
  readonly callbacks?: (contender: Contender) => readonly Callback[]
  /** Whether some contender needs a backend of double precision, in which least squares are solved. Absent: none does. */
  readonly needsDoubles?: boolean
  /** Changes the variables of a contender after its last step, such as by a last solve of the readout. Absent: nothing is changed. */
  readonly last?: (contender: Contender, variables: Variables) => Promise<Variables>
  /** The unknown coefficients of an equation, by name; none by default. */
  readonly coefficients?: (variables: Variables) => Readonly<Record<string, Tensor>>
  /** The view of the page. Computing it may take a reference solver. */
  readonly view: () => MeasuredView
}

/** Needs of an operator besides its settings: its functions, and the progress of drawing them. */
export type BuildHow = {
  /** Functions that were drawn before; they are ignored if they belong to another operator. */
  readonly functions?: Functions | null
  /** Whether functions that are not given are drawn. Default true. */
  readonly draws?: boolean
  /** Operators that were prepared before, by their functions. A newly prepared one is added. Absent: none is kept. */
  readonly prepared?: WeakMap<Functions, PreparedOperator>
  /** Called with functions that were drawn. */
  readonly onDrawn?: (functions: Functions) => void
  /** Called while functions are drawn and solved. */
  readonly onProgress?: (count: DataCount) => void
  /** Ends the drawing of functions with its own reason. */
  readonly signal?: AbortSignal
}

/** Builds what settings name. */
export type Build = (settings: Settings) => Promise<Shared>

/** The view of a network that is a function of points. */
export const onPoints = (network: Network<Variables>, view: PointView): MeasuredView => ({
  ...view,
  measure: () => evaluator(network, view.points, { from: view.from }),
})

/**
 * Makes what is learned and the network. Equations and operators are loaded when one is named; the functions of an operator are drawn
 * and solved.
 *
 * @throws UNKNOWN_NAME; FUNCTIONS_MISSING; and the errors of the factories
 */
export async function buildShared(settings: Settings, how: BuildHow = {}): Promise<Shared> {
  if (!isFunction(settings.problem)) {
    const { buildEquation, buildOperator, isOperator } = await import('./later.js')
    return isOperator(settings.problem) ? buildOperator(settings, how) : buildEquation(settings)
  }
  const { network, problem } = buildFunction(settings)
  return {
    task: regressionTask({ network, problem, batch: settings.batch }) as unknown as Task,
    network,
    evaluations: 1,
    view: () => onPoints(network, viewOf(problem)),
  }
}
