import type { Snapshot } from '@spikeward/train'
import { emptyCurve, extend } from './curves.js'
import type { Curve } from './curves.js'
import type { makeAskWorker } from './askWorker.js'
import { NOT_LOADED, stageOf } from './protocol.js'
import type {
  Catalogue,
  DataCount,
  Fault,
  Functions,
  Place,
  Progress,
  Resolved,
  Target,
  TrainEvent,
  TrainRequest,
} from './protocol.js'
import { drawnFunctions, functionsOf } from './drawnFunctions.js'
import { faultsOf } from './settings/faultsOf.js'
import { componentOf } from './draw/values.js'
import { faultOfLink, fromLink, isLater, toLink } from './settings/link.js'
import type { Settings } from './settings/settings.js'
import { kindOf, nothingTuned } from './settings/tuned.js'
import type { ProblemKind, Tuned } from './settings/tuned.js'

/** The state of the run. */
export type Status = 'starting' | 'running' | 'paused' | 'done' | 'stopped'

/** Asks the inspecting worker. */
export type Ask = ReturnType<typeof makeAskWorker>

/** The key under which the page stores the fastest backend. */
const CHOICES = 'spikeward.backends'

/** Milliseconds within which a running worker must start a new request. */
const START_TIMEOUT = 8000

/** The run that the user sees, and its worker. */
export type Session = ReturnType<typeof makeSession>

const crashed = (message: string): Fault => ({
  code: 'WORKER_CRASHED',
  message: `The part of the page that trains has stopped${message === '' ? '' : `: ${message}`}. Its state at the last picture is kept: resume the run, or reset it.`,
  contender: null,
})

/** Starts from the settings in the address of the page. */
export function makeSession() {
  const first = fromLink(location.hash)
  let settings = $state.raw(first)
  let status = $state<Status>('starting')
  let catalogue = $state.raw<Catalogue | null>(null)
  let place = $state.raw<Place | null>(null)
  /** With all components, as the worker sends them. */
  let whole = $state.raw<Target | null>(null)
  let answers = $state.raw<Float32Array | null>(null)
  let component = $state(0)
  const target = $derived(whole === null ? null : { ...whole, y: componentOf(whole.y, whole.outputs, component) })
  const prediction = $derived(
    whole === null || answers === null ? null : componentOf(answers, whole.outputs, component),
  )
  let parameters = $state(0)
  let resolved = $state.raw<Resolved | null>(null)
  let faults = $state.raw<readonly Fault[]>([])
  let shown = $state(0)
  let latest = $state.raw<readonly (Progress | null)[]>([])
  let finished = $state.raw<readonly boolean[]>([])
  /** Increases with every new point of a curve. */
  let drawn = $state(0)
  let curves: Curve[] = []
  let losses: number[][] = []
  let snapshots = $state.raw<readonly (Snapshot | null)[]>([])

  let worker: Worker | null = null
  /** The worker that draws the surface; null: the page does. */
  let drawer = $state.raw<Worker | null>(null)
  let run = 0
  const functions = drawnFunctions()
  /** How many functions are drawn for the run that starts; null if none are. */
  let drawing = $state.raw<DataCount | null>(null)
  /** Whether the address names an equation or an operator that is not loaded yet. */
  let waiting = isLater(location.hash)
  let startTimeout: ReturnType<typeof setTimeout> | undefined
  let moving: () => void = () => undefined
  /** Resolves with the first picture of a run, or with its failure. */
  const moved = new Promise<void>((resolve) => {
    moving = resolve
  })

  const stage = $derived(drawer === null ? null : stageOf(drawer))

  const put = <T>(list: readonly T[], at: number, value: T): T[] => list.map((x, i) => (i === at ? value : x))
  const send = (request: TrainRequest): void => worker?.postMessage(request)

  function open(): Worker {
    const made = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'train' })
    made.addEventListener('message', ({ data }: MessageEvent<TrainEvent>) => hear(data))
    made.addEventListener('error', (event) => {
      made.terminate()
      if (worker !== made) return
      worker = null
      const fault = crashed(event.message)
      faults = [fault]
      status = 'stopped'
      functions.stop(new Error(fault.message))
    })
    return made
  }

  const tuned = (): Tuned => catalogue?.tuned ?? nothingTuned
  const isOperator = ({ problem }: Settings): boolean => kindOf(problem, tuned()) === 'operator'

  /** Null too where the browser forbids storage. */
  function kept(): string | null {
    try {
      return localStorage.getItem(CHOICES)
    } catch {
      return null
    }
  }

  function keep(text: string): void {
    try {
      localStorage.setItem(CHOICES, text)
    } catch {
      // Storage that is full or forbidden costs the next visit another measurement.
    }
  }

  function begin(resume: readonly (Snapshot | null)[]): void {
    run += 1
    faults = []
    drawing = null
    status = 'starting'
    const busy = worker !== null
    worker ??= open()
    functions.begin(isOperator(settings) ? functionsOf(settings) : null)
    // A worker that was open has them.
    const start = (given: Functions | null): void =>
      send({ type: 'start', run, settings, shown, paused: false, resume, functions: given, choices: kept() })
    start(busy ? null : functions.held)
    clearTimeout(startTimeout)
    if (!busy) return
    // A step that takes minutes cannot be interrupted: its worker is terminated, and another one starts.
    startTimeout = setTimeout(() => {
      if (status !== 'starting') return
      worker?.terminate()
      worker = open()
      start(functions.held)
    }, START_TIMEOUT)
  }

  /** Forgets everything of the previous run. */
  function clear(): void {
    const none = settings.contenders.map(() => null)
    shown = Math.min(shown, settings.contenders.length - 1)
    latest = none
    snapshots = none
    answers = null
    resolved = null
    finished = settings.contenders.map(() => false)
    curves = settings.contenders.map(emptyCurve)
    losses = settings.contenders.map(() => [])
    drawn += 1
  }

  function hear(event: TrainEvent): void {
    if (event.type === 'catalogue') {
      // A restarted worker sends its first catalogue again.
      if (catalogue?.isWhole !== true || event.catalogue.isWhole) catalogue = event.catalogue
      // An address that names an equation or an operator waits for it.
      if (waiting && event.catalogue.isWhole) {
        waiting = false
        apply(fromLink(location.hash, tuned()))
      }
      return
    }
    if (event.type === 'choices') return keep(event.text)
    if (event.type === 'functions') return functions.take(event.functions)
    if (event.run !== run) return
    switch (event.type) {
      case 'drawing':
        // Many solutions take longer than a step: the worker is busy, and not stuck. What is on show is not what comes.
        clearTimeout(startTimeout)
        drawing = event.count
        whole = null
        return
      case 'started':
        ;({ place, target: whole, parameters, resolved } = event)
        drawing = null
        drawer = event.draws ? worker : null
        component = Math.min(component, event.target.outputs - 1)
        status = 'running'
        return
      case 'undrawn':
        drawer = null
        return
      case 'progress':
        return progressed(event.progress)
      case 'losses':
        losses[event.contender]?.push(...event.losses)
        return
      case 'snapshot':
        snapshots = put(snapshots, event.contender, event.snapshot)
        return
      case 'paused':
        status = 'paused'
        return
      case 'done':
        finished = put(finished, event.contender, true)
        if (finished.every(Boolean)) status = 'done'
        return
      case 'failed':
        return failed(event.fault)
    }
  }

  function progressed(progress: Progress): void {
    const { contender } = progress
    latest = put(latest, contender, progress)
    moving()
    if (contender === shown && progress.prediction !== null) answers = progress.prediction
    if (Number.isFinite(progress.error) || Number.isFinite(progress.loss)) extend(curves[contender]!, progress)
    drawn += 1
  }

  function failed(fault: Fault): void {
    moving()
    drawing = null
    faults = [...faults, fault]
    // The run does not need them unless the address names one.
    if (fault.code === NOT_LOADED && !waiting) return
    if (fault.contender !== null) finished = put(finished, fault.contender, true)
    if (fault.contender === null) functions.stop(new Error(fault.message))
    if (fault.contender === null || finished.every(Boolean)) status = 'stopped'
  }

  const wrong = (found: readonly Pick<Fault, 'code' | 'message'>[]): void => {
    moving()
    faults = found.map((fault) => ({ ...fault, contender: null }))
  }

  const faultsIn = (next: Settings): readonly Pick<Fault, 'code' | 'message'>[] =>
    faultsOf(next, catalogue).map((message) => ({ code: 'SETTINGS', message }))

  /** Restarts with these settings, or reports what is wrong with them and leaves the run unchanged. */
  function apply(next: Settings): boolean {
    const found = faultsIn(next)
    if (found.length > 0) {
      wrong(found)
      return false
    }
    settings = next
    history.replaceState(null, '', `#${toLink(next)}`)
    clear()
    begin(settings.contenders.map(() => null))
    return true
  }

  /** Opens the settings of the current address, as soon as what they name is loaded. */
  function follow(): void {
    const unread = faultOfLink(location.hash)
    if (unread !== null) return wrong([unread])
    waiting = isLater(location.hash) && catalogue?.isWhole !== true
    if (waiting) {
      run += 1
      worker ??= open()
      send({ type: 'later', run })
    } else apply(fromLink(location.hash, tuned()))
  }

  clear()
  // Equations and operators must not delay the first picture.
  void moved.then(() => {
    if (catalogue?.isWhole !== true) send({ type: 'later', run })
  })
  const unread = faultOfLink(location.hash)
  const found = unread !== null ? [unread] : waiting ? [] : faultsIn(first)
  if (found.length > 0) {
    wrong(found)
    status = 'stopped'
    worker = open()
  } else if (waiting) follow()
  else begin(first.contenders.map(() => null))

  return {
    moved,
    get settings() {
      return settings
    },
    get status() {
      return status
    },
    get catalogue() {
      return catalogue
    },
    get place() {
      return place
    },
    get target() {
      return target
    },
    /** The equation that is solved; null for any other problem, and before the run has started. */
    get equation() {
      return whole?.equation ?? null
    },
    /** The operator that is learned; null for any other problem, and before the run has started. */
    get operator() {
      return whole?.operator ?? null
    },
    /** The kind of the problem. */
    get kind(): ProblemKind {
      return kindOf(settings.problem, tuned())
    },
    /** How many functions are drawn and solved before the run starts; null if none are. */
    get drawing() {
      return drawing
    },
    /** The functions of the operator that is learned. */
    functions: {
      get held() {
        return functions.held
      },
      ready: async (asked: Settings) => {
        if (isOperator(asked)) await functions.ready(functionsOf(asked))
      },
    },
    get parameters() {
      return parameters
    },
    /** All settings of each contender, tuned ones included; null for a function of points, and before the run has started. */
    get resolved() {
      return resolved
    },
    get faults() {
      return faults
    },
    get shown() {
      return shown
    },
    get prediction() {
      return prediction
    },
    /** The output that is shown, of several. */
    get component() {
      return component
    },
    set component(next: number) {
      component = next
    },
    /** Tuned settings of equations and operators; none before they are loaded. */
    get tuned() {
      return tuned()
    },
    get latest() {
      return latest
    },
    get finished() {
      return finished
    },
    get snapshots() {
      return snapshots
    },
    /** Curves of the contenders; read again whenever `drawn` has increased. */
    get curves(): readonly Curve[] {
      return curves
    },
    get drawn() {
      return drawn
    },
    /** Losses of the first steps of each contender. */
    get losses(): readonly (readonly number[])[] {
      return losses
    },
    /** Draws the surface on the page's canvas, from the memory of the device that trains; null: the page draws it. */
    get stage() {
      return stage
    },
    apply,
    open: follow,
    pause: () => send({ type: 'pause' }),
    go(): void {
      status = 'running'
      send({ type: 'go' })
    },
    step: () => send({ type: 'step' }),
    reset: () => apply(settings),
    /** Continues from the last snapshots, in a new worker if the old one is gone. */
    resume: () => {
      finished = settings.contenders.map(() => false)
      begin(snapshots)
    },
    show(contender: number): void {
      shown = contender
      send({ type: 'show', contender })
    },
    dismiss: (): void => void (faults = []),
  }
}
