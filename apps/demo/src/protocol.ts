import { SpikewardError } from '@spikeward/core'
import type { FactoryDescription, OperatorData } from '@spikeward/core'
import type { ExportFormat, TrainConfig } from '@spikeward/experiment'
import type { Snapshot } from '@spikeward/train'
import type { Frame } from './draw/painter.js'
import type { OperatorName } from './operator/shownOperators.js'
import type { Settings } from './settings/settings.js'
import type { Tuned } from './settings/tuned.js'

/** A factory that the page offers: its declaration as data. */
export type Offered = FactoryDescription

/** All settings of each contender of a run, tuned ones that have no control included. */
export type Resolved = readonly TrainConfig[]

/** Everything that the settings may name, derived from the declarations of the packages. */
export type Catalogue = {
  readonly problems: readonly Offered[]
  readonly neurons: readonly Offered[]
  readonly surrogates: readonly Offered[]
  readonly estimators: readonly Offered[]
  readonly optimizers: readonly Offered[]
  readonly schedules: readonly Offered[]
  readonly distributions: readonly Offered[]
  readonly backends: readonly Offered[]
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
   * The number of values at a point: the components of a solution, or the solutions of several test functions. `y` has them one after
   * another for each point.
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
  /** Relative L2 error on the test points, the mean over test functions, or at own points; NaN if no solution is known. */
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

/**
 * The messages of the page to the training worker. `run` is the run's number: late messages of another run are ignored.
 */
export type TrainRequest =
  | {
      readonly type: 'start'
      readonly run: number
      readonly settings: Settings
      readonly shown: number
      readonly paused: boolean
      /** The choices that `fastest` remembers, from the page's storage, which a worker cannot reach. */
      readonly choices: string | null
      /** The snapshot from which each contender continues; null to start from the beginning. */
      readonly resume: readonly (Snapshot | null)[]
      /** Functions of the operator that the page received, for a worker that was just opened; null otherwise. */
      readonly functions: Functions | null
    }
  /** Loads equations and operators; a catalogue with them follows. */
  | { readonly type: 'later'; readonly run: number }
  | { readonly type: 'pause' }
  | { readonly type: 'go' }
  | { readonly type: 'step' }
  | { readonly type: 'show'; readonly contender: number }
  /** The canvas on which a worker that `draws` draws the surface; null: the page needs the surface no more. */
  | { readonly type: 'canvas'; readonly canvas: OffscreenCanvas | null }
  /** How that surface is seen. */
  | { readonly type: 'frame'; readonly frame: Frame }

/** A worker that draws on a canvas of the page. */
export type Stage = {
  /** Gives it a canvas, or takes it back. */
  readonly lend: (canvas: OffscreenCanvas | null) => void
  readonly frame: (frame: Frame) => void
}

/** The stage of a training worker. */
export function stageOf(worker: Worker): Stage {
  const send = (request: TrainRequest, given: Transferable[]): void => worker.postMessage(request, given)
  return {
    lend: (canvas) => send({ type: 'canvas', canvas }, canvas === null ? [] : [canvas]),
    frame: (frame) => send({ type: 'frame', frame }, []),
  }
}

/** The messages of the training worker. */
export type TrainEvent =
  | { readonly type: 'catalogue'; readonly catalogue: Catalogue }
  | {
      readonly type: 'started'
      readonly run: number
      readonly place: Place
      readonly target: Target
      readonly parameters: number
      /** Null for a function of points, all of whose settings are the page's. */
      readonly resolved: Resolved | null
      /** Whether the worker draws the surface, from the memory of its graphics device, if it gets a canvas. */
      readonly draws: boolean
    }
  /** The worker cannot draw the surface any more, such as when its device is lost. */
  | { readonly type: 'undrawn'; readonly run: number }
  /** Functions are drawn and solved, before the run starts. */
  | { readonly type: 'drawing'; readonly run: number; readonly count: DataCount }
  /** Functions that were drawn: the page gives them to its other worker. */
  | { readonly type: 'functions'; readonly functions: Functions }
  | { readonly type: 'progress'; readonly run: number; readonly progress: Progress }
  /** The first losses of a contender, of steps 1, 2, …: a copied link gives the same ones. */
  | { readonly type: 'losses'; readonly run: number; readonly contender: number; readonly losses: readonly number[] }
  | { readonly type: 'snapshot'; readonly run: number; readonly contender: number; readonly snapshot: Snapshot }
  | { readonly type: 'done'; readonly run: number; readonly contender: number }
  | { readonly type: 'paused'; readonly run: number }
  /** A choice for `fastest` to remember. */
  | { readonly type: 'choices'; readonly run: number; readonly text: string }
  | { readonly type: 'failed'; readonly run: number; readonly fault: Fault }

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

/** The time of a training step, and the forward passes that it counts as. */
export type StepTime = { readonly milliseconds: number; readonly forwardEquivalents: number }

/** Questions to the inspecting worker, and their answers. */
export type Questions = {
  slope: {
    readonly ask: Pick<Settings, 'surrogate' | 'surrogateOptions'>
    readonly answer: { readonly u: readonly number[]; readonly slope: readonly number[] }
  }
  inspect: {
    readonly ask: {
      readonly settings: Settings
      readonly snapshot: Snapshot
      readonly point: readonly number[]
      /** The output that is read. */
      readonly component: number
    }
    readonly answer: {
      /** Of an operator, those of its branch. Empty for layers that cannot be recorded. */
      readonly layers: readonly LayerActivity[]
      readonly output: number
      /** Weights between the drawn nodes of neighbouring layers, inputs first and the output last, [from, to]. */
      readonly links: readonly Float32Array[]
    }
  }
  cosine: {
    readonly ask: { readonly settings: Settings; readonly contender: number; readonly snapshot: Snapshot }
    readonly answer: { readonly cosine: number }
  }
  cost: {
    readonly ask: { readonly settings: Settings; readonly contender: number | 'bp'; readonly timed: boolean }
    /** The working memory of a training step, and its time if it was asked for. */
    readonly answer: { readonly bytes: number; readonly time: StepTime | null }
  }
  chip: {
    readonly ask: {
      readonly settings: Settings
      readonly contender: number
      readonly snapshot: Snapshot
      /** Bits of a weight, including its sign. */
      readonly bits: number
      /** Relative deviation of thresholds and leaks between the neurons of the chip. */
      readonly spread: number
      /** Steps of fine-tuning on the chip. */
      readonly steps: number
    }
    readonly answer: ChipAnswer
  }
  export: {
    readonly ask: {
      readonly settings: Settings
      readonly contender: number
      readonly snapshot: Snapshot
      readonly format: ExportFormat
    }
    readonly answer: { readonly files: readonly { readonly name: string; readonly content: string | Uint8Array }[] }
  }
  operator: {
    readonly ask: { readonly name: OperatorName; readonly url: string; readonly source: OperatorSource }
    readonly answer: OperatorAnswer
  }
}

/**
 * A source term: values drawn on an equidistant grid over the interval, or a random function from outside of the
 * training set.
 */
export type OperatorSource =
  | { readonly kind: 'drawn'; readonly values: Float64Array }
  | { readonly kind: 'random'; readonly key: number }

/**
 * The operator network's answer to a source, with the reference solution. Grids are row-major; the last axis runs
 * fastest.
 */
export type OperatorAnswer = {
  readonly grid: readonly number[]
  readonly source: Float64Array
  readonly prediction: Float64Array
  readonly reference: Float64Array
  readonly error: number
  readonly milliseconds: number
  readonly referenceMilliseconds: number
  /** How the source differs from all training sources; null if it does not. */
  readonly unlike: string | null
}

/** A network on a simulated chip: relative L2 errors on the test points, the work of a training step, the NIR file. */
export type ChipAnswer = {
  readonly float: number
  readonly quantised: number
  readonly tuned: number
  /** Effective operations of a step, bytes moved without a cache, and the range of a model of energy in picojoules. */
  readonly ledger: {
    readonly acs: number
    readonly macs: number
    readonly bytesMoved: number
    readonly firingRate: number | null
    readonly model: string
    readonly low: number
    readonly high: number
  }
  /** The network with the weights that it learned on the chip. */
  readonly nir: Uint8Array
  /** Properties that other readers of the file would run differently. */
  readonly losses: readonly string[]
}

/** Functions for the inspecting worker, before the question that needs them; null if the page learns no operator. */
export type Given = { readonly functions: Functions | null }

export type QuestionName = keyof Questions
export type Ask = {
  readonly [N in QuestionName]: { readonly id: number; readonly name: N; readonly ask: Questions[N]['ask'] }
}[QuestionName]
export type Answer = {
  readonly id: number
  readonly answer: Questions[QuestionName]['answer'] | null
  readonly fault: Fault | null
}

/** An error in the form that the page shows. */
export function faultOf(error: unknown, contender: number | null = null): Fault {
  if (error instanceof SpikewardError) return { code: error.code, message: error.message, contender }
  const message = error instanceof Error ? error.message : String(error)
  return { code: error instanceof RangeError ? 'OUT_OF_MEMORY' : 'INTERNAL', message, contender }
}
