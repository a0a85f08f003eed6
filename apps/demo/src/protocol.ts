import { type FactoryDescription, type OperatorData, SpikewardError } from '@spikeward/core'
import type { ExportFormat, TrainConfig } from '@spikeward/experiment'
import type { Snapshot } from '@spikeward/train'
import type { Settings } from './settings/settings.js'
import type { Tuned } from './settings/tuned.js'

/** A factory that the page offers: its declaration as data. */
export type Offered = FactoryDescription

/** All settings of each contender of a run, tuned ones that have no control included. */
export type Resolved = readonly TrainConfig[]

/** Everything that the settings may name, derived from the declarations of the packages. */
export type Catalogue = Readonly<
  Record<
    'problems' | 'neurons' | 'surrogates' | 'estimators' | 'optimizers' | 'schedules' | 'distributions' | 'backends',
    readonly Offered[]
  >
> & {
  /** Formats of a trained network in files. */
  readonly formats: readonly ExportFormat[]
  /** Tuned settings of equations and operators. */
  readonly tuned: Tuned
  /** Whether equations and operators are there: they load after the first picture, or when an address names one. */
  readonly isWhole: boolean
}

/** The entry with this name or alias. */
export const entryOf = (list: readonly Offered[], name: string): Offered | undefined =>
  list.find((entry) => entry.name === name || entry.aliases.includes(name))

/** Where a run takes place. */
export type Place = {
  readonly backend: string
  readonly threads: number
  /** A remark on the backend: why it was chosen, or what it lacks; null if there is none. */
  readonly note: string | null
}

/** An equation in words for the page. */
export type Equation = {
  readonly text: string
  /** Conditions that are terms of the loss, and those that every output satisfies. */
  readonly learned: readonly string[]
  readonly hard: readonly string[]
}

/** An input function at its sensors. */
export type InputShown = {
  /** Its name, of several; empty for the only one. */
  readonly name: string
  /** The grid of its sensors: one number for a line. */
  readonly grid: readonly number[]
  /** Values of the test functions that are drawn, one after another at each sensor. */
  readonly y: Float32Array
}

/** An operator in words for the page, and the input functions of the test functions that are drawn. */
export type Operator = {
  readonly text: string
  /** Functions of each set. */
  readonly sizes: Readonly<Record<'train' | 'validation' | 'test', number>>
  /** The input functions, of which there may be several. */
  readonly input: readonly InputShown[]
}

/** The target on the grid of test points, or on the grid of the picture. */
export type Target = {
  /** The number of inputs that are drawn, 1 or 2: the first ones. */
  readonly inputs: number
  /** The names of all inputs. */
  readonly axes: readonly string[]
  /** The values of the inputs that are not drawn. */
  readonly rest: readonly number[]
  /**
   * The number of values at a point: the components of a solution, or the solutions of several test functions. `y` has
   * them one after another for each point.
   */
  readonly outputs: number
  /** The equation that the network solves; null if it learns from points. */
  readonly equation: Equation | null
  /** The operator that the network learns; null if it learns a function of points. */
  readonly operator: Operator | null
  readonly domain: readonly (readonly [number, number])[]
  readonly grid: readonly number[]
  readonly x: Float32Array
  /** Values on the grid; all zero if they are not known, NaN outside of the domain. */
  readonly y: Float32Array
  /** Whether the target is known everywhere. For the user's own points, only these are known. */
  readonly isKnown: boolean
  /** The points that the network learns from. */
  readonly samples: { readonly x: Float32Array; readonly y: Float32Array }
}

/** The progress of one estimator. */
export type Progress = {
  readonly contender: number
  readonly step: number
  readonly loss: number
  /**
   * Relative L2 error on the test points, the mean over test functions, or at own points; NaN if no solution is known.
   */
  readonly error: number
  readonly seconds: number
  readonly forwardEquivalents: number
  /** On the grid of the target, for the contender that is shown; seldom while the worker draws it. */
  readonly prediction: Float32Array | null
  /** The values of the equation's unknown coefficients, by name; empty if it has none. */
  readonly coefficients: Readonly<Record<string, number>>
}

/** The functions of an operator with their solutions, as a worker drew them. */
export type Functions = {
  /** Everything that they depend on, as text: two that are equal have the same functions. */
  readonly of: string
  readonly sets: Readonly<Record<'train' | 'validation' | 'test', OperatorData>>
}

/** How many functions are drawn and solved. */
export type DataCount = {
  readonly done: number
  readonly total: number
  /** About how many seconds the rest takes; null before the first one. */
  readonly seconds: number | null
}

/** The code of a fault: equations and operators could not be loaded. */
export const NOT_LOADED = 'PROBLEMS_NOT_LOADED'

/** An error with its code, in words for the user. */
export type Fault = { readonly code: string; readonly message: string; readonly contender: number | null }

/** The beginning of a run. */
export type Start = {
  readonly run: number
  readonly settings: Settings
  readonly shown: number
  /** The choices that `fastest` remembers, from the page's storage, which a worker cannot reach. */
  readonly choices: string | null
  /** The snapshot from which each contender continues; null to start from the beginning. */
  readonly resume: readonly (Snapshot | null)[]
  /** Functions of the operator that the page received, for a worker that was just opened; null otherwise. */
  readonly functions: Functions | null
}

/** The facts about a run that are known as soon as it starts. */
export type Started = {
  readonly place: Place
  readonly target: Target
  readonly parameters: number
  /** Null for a function of points, all of whose settings are the page's. */
  readonly resolved: Resolved | null
  /** Whether the worker draws the surface, from the memory of its graphics device, if it gets a canvas. */
  readonly draws: boolean
}

/** Events of the training worker, by name. */
export type TrainEvents = {
  catalogue(catalogue: Catalogue): void
  started(started: Started): void
  /** The worker cannot draw the surface any more, such as when its device is lost. */
  undrawn(): void
  /** Functions are drawn and solved, before the run starts. */
  drawing(count: DataCount): void
  /** Functions that were drawn: the page gives them to its other worker. */
  functions(functions: Functions): void
  progress(progress: Progress): void
  /** The first losses of a contender, of steps 1, 2, …: a copied link gives the same ones. */
  losses(contender: number, losses: readonly number[]): void
  snapshot(contender: number, snapshot: Snapshot): void
  done(contender: number): void
  paused(): void
  /** A choice for `fastest` to remember. */
  choices(text: string): void
  failed(fault: Fault): void
}

/**
 * Sends an event to the page.
 *
 * @param run the number of the run that it belongs to, of which the page ignores late ones; null for none
 */
export type Tell = <N extends keyof TrainEvents>(
  run: number | null,
  name: N,
  args: Parameters<TrainEvents[N]>,
  transfer?: Transferable[],
) => void

/** The message of a worker: the answer to the question of a number, or why there is none. */
export type Answer = { readonly id: number; readonly answer?: unknown; readonly fault?: Fault }

/** A contender as it is trained so far. */
export type Trained = { readonly settings: Settings; readonly contender: number; readonly snapshot: Snapshot }

/** The activity of one layer at one point. `neurons` lists the neurons shown. */
export type LayerActivity = {
  readonly width: number
  readonly neurons: readonly number[]
  /** [T, neurons], spikes and membranes after each step. */
  readonly spikes: Float32Array
  readonly membranes: Float32Array
  /** Mean firing rate of all its neurons, and the share that never fires. */
  readonly rate: number
  readonly silent: number
}

/** The message of an error; anything else that was thrown, as text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An error in the form that the page shows. */
export function faultOf(error: unknown, contender: number | null = null): Fault {
  if (error instanceof SpikewardError) return { code: error.code, message: error.message, contender }
  return { code: error instanceof RangeError ? 'OUT_OF_MEMORY' : 'INTERNAL', message: messageOf(error), contender }
}
