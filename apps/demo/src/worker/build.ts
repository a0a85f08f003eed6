import type { Estimator, Network, Optimizer, RegressionProblem, Tensor, Variables } from '@spikeward/core'
import type { Assembled } from '@spikeward/experiment'
import { learnerOf, pointParts } from '@spikeward/experiment/points'
import { type Callback, type Evaluator, type Task, evaluator } from '@spikeward/train'
import { ownPoints } from '../points/ownPoints.js'
import { type PointView, type View, viewOf } from '../points/viewOf.js'
import type { DataCount, Functions } from '../protocol.js'
import { OWN, ownInputs, ownSamples } from '../settings/own.js'
import { runOf } from '../settings/runOf.js'
import type { Contender, Settings } from '../settings/settings.js'
import { catalogue } from './catalogue.js'

/** A view, and what it is computed from: the answers of the network, and their error. */
export type MeasuredView = View & { readonly measure: () => Evaluator<Variables> }

/** The common part of all contenders of a race. */
export type Shared = {
  readonly task: Task
  /**
   * The network as a function of points. Of an operator at one row: the coordinates of a point, then the sensor values
   * of a function.
   */
  readonly network: Network<Variables>
  /** Approximate number of evaluations of the network for each point of a step. */
  readonly evaluations: number
  /**
   * The runs of an equation or an operator, one for each contender. Absent: a function of points, assembled by the
   * page.
   */
  readonly assembled?: readonly Assembled[]
  /** Work between the steps of a contender, such as exact solves of the readout. Absent: nothing. */
  readonly callbacks?: (contender: number) => readonly Callback[]
  /**
   * Whether some contender needs a backend of double precision, in which least squares are solved. Absent: none does.
   */
  readonly needsDoubles?: boolean
  /**
   * Changes the variables of a contender after its last step, such as by a last solve of the readout. Absent: nothing
   * is changed.
   */
  readonly last?: (contender: number, variables: Variables) => Promise<Variables>
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

/** The user's own points, which the network learns and is measured at; undefined for a problem with a name. */
export const ownProblem = (settings: Settings): RegressionProblem | undefined =>
  settings.problem === OWN ? ownPoints({ inputs: ownInputs(settings), points: ownSamples(settings).flat() }) : undefined

/**
 * The function of points that settings name, with its network and its task.
 *
 * @throws CLI_UNKNOWN_NAME, and the errors of the factories
 */
export function buildFunction(settings: Settings): ReturnType<typeof pointParts> {
  const { problem, options } = runOf(settings, settings.contenders[0]!, catalogue)
  return pointParts(ownProblem(settings) ?? problem, {
    ...options,
    ...settings,
    neuron: options.neuron,
    surrogate: options.surrogate,
  })
}

/**
 * The estimator and the optimiser of one contender.
 *
 * @throws CLI_UNKNOWN_NAME, and the errors of the factories
 */
export const buildContender = (
  settings: Settings,
  contender: Contender,
): { readonly estimator: Estimator; readonly optimizer: Optimizer } =>
  learnerOf(runOf(settings, contender, catalogue).options)

/** A function of points in the form of all problems. */
export function buildPoints(settings: Settings): Shared {
  const { task, network, problem } = buildFunction(settings)
  const ofPoints: Network<Variables> = network
  return { task, network: ofPoints, evaluations: 1, view: () => onPoints(ofPoints, viewOf(problem)) }
}
