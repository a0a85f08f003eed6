import type { Network, Tensor, Variables } from '@spikeward/core'
import type { Assembled } from '@spikeward/experiment'
import { evaluator } from '@spikeward/train'
import type { Callback, Evaluator, Task } from '@spikeward/train'
import type { PointView, View } from '../points/viewOf.js'
import type { DataCount, Functions } from '../protocol.js'
import type { Settings } from '../settings/settings.js'

/** A view, and what it is computed from: the answers of the network, and their error. */
export type MeasuredView = View & { readonly measure: () => Evaluator<Variables> }

/** The common part of all contenders of a race. */
export type Shared = {
  readonly task: Task
  /** The network as a function of points. Of an operator at one row: the coordinates of a point, then the sensor values of a function. */
  readonly network: Network<Variables>
  /** Approximate number of evaluations of the network for each point of a step. */
  readonly evaluations: number
  /** The runs of an equation or an operator, one for each contender. Absent: a function of points, assembled by the page. */
  readonly assembled?: readonly Assembled[]
  /** Work between the steps of a contender, such as exact solves of the readout. Absent: nothing. */
  readonly callbacks?: (contender: number) => readonly Callback[]
  /** Whether some contender needs a backend of double precision, in which least squares are solved. Absent: none does. */
  readonly needsDoubles?: boolean
  /** Changes the variables of a contender after its last step, such as by a last solve of the readout. Absent: nothing is changed. */
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
