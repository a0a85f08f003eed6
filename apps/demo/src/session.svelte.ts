import type { Snapshot } from '@spikeward/train'
import { type Curve, emptyCurve, extend } from './curves.js'
import { NOT_LOADED } from './protocol.js'
import type {
  Catalogue,
  DataCount,
  Fault,
  Functions,
  Place,
  Progress,
  Resolved,
  Target,
  TrainEvents,
} from './protocol.js'
import { drawnFunctions, functionsOf } from './drawnFunctions.js'
import { faultsOf } from './settings/faultsOf.js'
import { componentOf } from './draw/values.js'
import { faultOfLink, fromLink, isLater, toLink } from './settings/link.js'
import type { Settings } from './settings/settings.js'
import { kindOf, nothingTuned } from './settings/tuned.js'
import type { Trainer } from './worker/trainer.js'

/** The state of the run. */
export type Status = 'starting' | 'running' | 'paused' | 'done' | 'stopped'

/** Calls a function of the training worker. */
export type Call = <N extends keyof Trainer>(name: N, ...args: Parameters<Trainer[N]>) => void

const callOf =
  (worker: Worker | null): Call =>
  (name, ...args) => {
    const canvases = args.filter((one) => one instanceof OffscreenCanvas)
    worker?.postMessage([name, ...args], canvases)
  }

/** The key under which the page stores the fastest backend. */
const CHOICES = 'spikeward.backends'

/** Milliseconds within which a running worker must start a new request. */
const START_TIMEOUT = 8000

type Wrong = Pick<Fault, 'code' | 'message'>

const put = <T>(list: readonly T[], at: number, value: T): T[] => list.map((x, i) => (i === at ? value : x))

/** The browser's storage; undefined where it forbids that, or if the storage is full: the next visit measures again. */
function stored<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage)
  } catch {
    return undefined
  }
}

/** The run that the user sees, and its worker. It starts from the settings in the address of the page. */
class PageSession {
  settings = $state.raw(fromLink(location.hash))
  status = $state<Status>('starting')
  catalogue = $state.raw<Catalogue | null>(null)
  place = $state.raw<Place | null>(null)
  parameters = $state(0)
  /**
   * All settings of each contender, tuned ones included; null for a function of points, and before the run has started.
   */
  resolved = $state.raw<Resolved | null>(null)
  faults = $state.raw<readonly Fault[]>([])
  /** The contender that is shown. */
  shown = $state(0)
  latest = $state.raw<readonly (Progress | null)[]>([])
  finished = $state.raw<readonly boolean[]>([])
  snapshots = $state.raw<readonly (Snapshot | null)[]>([])
  /** How many functions are drawn and solved before the run starts; null if none are. */
  drawing = $state.raw<DataCount | null>(null)
  /** Curves of the contenders; read again whenever `drawn` has increased. */
  curves: readonly Curve[] = []
  /** Increases with every new point of a curve. */
  drawn = $state(0)
  /** Losses of the first steps of each contender. */
  losses: readonly number[][] = []
  /** The output that is shown, of several. */
  component = $state(0)
  /** With all components, as the worker sends them. */
  #whole = $state.raw<Target | null>(null)
  #answers = $state.raw<Float32Array | null>(null)
  readonly target = $derived(this.#whole && { ...this.#whole, y: this.#shownOf(this.#whole.y) })
  readonly prediction = $derived(this.#whole && this.#answers && this.#shownOf(this.#answers))
  /**
   * The equation that is solved, or the operator that is learned; null for any other problem, and before the run has
   * started.
   */
  readonly equation = $derived(this.#whole?.equation ?? null)
  readonly operator = $derived(this.#whole?.operator ?? null)
  /** Tuned settings of equations and operators; none before they are loaded. */
  readonly tuned = $derived(this.catalogue?.tuned ?? nothingTuned)
  readonly kind = $derived(kindOf(this.settings.problem, this.tuned))

  #worker: Worker | null = null
  /** The worker that draws the surface; null: the page does. */
  #drawer = $state.raw<Worker | null>(null)
  /** Draws the surface on the page's canvas, from the memory of the device that trains; null: the page draws it. */
  readonly stage = $derived(this.#drawer && callOf(this.#drawer))
  #run = 0
  readonly #functions = drawnFunctions()
  /** Whether the address names an equation or an operator that is not loaded yet. */
  #waiting = isLater(location.hash)
  #startTimeout: ReturnType<typeof setTimeout> | undefined
  #moving: () => void = () => undefined
  /** Resolves with the first picture of a run, or with its failure. */
  readonly moved = new Promise<void>((resolve) => {
    this.#moving = resolve
  })

  constructor() {
    this.#clear()
    // Equations and operators must not delay the first picture.
    void this.moved.then(() => {
      if (this.catalogue?.isWhole !== true) this.#send('later', this.#run)
    })
    const unread = faultOfLink(location.hash)
    const faults = unread !== null ? [unread] : this.#waiting ? [] : this.#faultsIn(this.settings)
    if (faults.length > 0) {
      this.#refuse(faults)
      this.status = 'stopped'
      this.#worker = this.#open()
    } else if (this.#waiting) this.open()
    else this.#begin(this.settings.contenders.map(() => null))
  }

  /** The functions of the operator that is learned. */
  readonly functions = {
    /** Null if there are none. */
    held: (): Functions | null => this.#functions.held,
    /**
     * Resolves when those of these settings are held, at once if the settings name no operator; rejects if they will
     * not be.
     */
    ready: async (settings: Settings): Promise<void> => {
      if (this.#isOperator(settings)) await this.#functions.ready(functionsOf(settings))
    },
  }

  readonly pause = (): void => this.#send('pause')
  readonly step = (): void => this.#send('step')
  readonly reset = (): boolean => this.apply(this.settings)
  readonly go = (): void => {
    this.status = 'running'
    this.#send('go')
  }
  /** Continues from the last snapshots, in a new worker if the old one is gone. */
  readonly resume = (): void => {
    this.finished = this.settings.contenders.map(() => false)
    this.#begin(this.snapshots)
  }
  readonly show = (contender: number): void => {
    this.shown = contender
    this.#send('show', contender)
  }
  readonly dismiss = (): void => void (this.faults = [])

  /** Restarts with these settings, or reports what is wrong with them and leaves the run unchanged. */
  apply(next: Settings): boolean {
    const faults = this.#faultsIn(next)
    if (faults.length > 0) {
      this.#refuse(faults)
      return false
    }
    this.settings = next
    history.replaceState(null, '', `#${toLink(next)}`)
    this.#clear()
    this.#begin(next.contenders.map(() => null))
    return true
  }

  /** Opens the settings of the current address, as soon as what they name is loaded. */
  open(): void {
    const unread = faultOfLink(location.hash)
    if (unread !== null) return this.#refuse([unread])
    this.#waiting = isLater(location.hash) && this.catalogue?.isWhole !== true
    if (this.#waiting) {
      this.#worker ??= this.#open()
      this.#send('later', ++this.#run)
    } else this.apply(fromLink(location.hash, this.tuned))
  }

  readonly #send: Call = (name, ...args) => callOf(this.#worker)(name, ...args)

  #shownOf(values: Float32Array): Float32Array {
    return componentOf(values, this.#whole?.outputs ?? 1, this.component)
  }

  #isOperator({ problem }: Settings): boolean {
    return kindOf(problem, this.tuned) === 'operator'
  }

  #faultsIn(next: Settings): Wrong[] {
    return faultsOf(next, this.catalogue).map((message) => ({ code: 'SETTINGS', message }))
  }

  #refuse(faults: readonly Wrong[]): void {
    this.#moving()
    this.faults = faults.map((fault) => ({ ...fault, contender: null }))
  }

  #open(): Worker {
    const worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'train' })
    worker.addEventListener('message', ({ data }: MessageEvent<[number | null, keyof TrainEvents, never[]]>) => {
      const [run, name, args] = data
      if (run === null || run === this.#run) Reflect.apply(this.#events[name], undefined, args)
    })
    worker.addEventListener('error', ({ message: why }) => {
      worker.terminate()
      if (this.#worker !== worker) return
      this.#worker = null
      const message = `The part of the page that trains has stopped${why === '' ? '' : `: ${why}`}. Its state at the last picture is kept: resume the run, or reset it.`
      this.faults = [{ code: 'WORKER_CRASHED', message, contender: null }]
      this.status = 'stopped'
      this.#functions.stop(new Error(message))
    })
    return worker
  }

  #begin(resume: readonly (Snapshot | null)[]): void {
    this.#run += 1
    this.faults = []
    this.drawing = null
    this.status = 'starting'
    const busy = this.#worker !== null
    this.#worker ??= this.#open()
    const { settings, shown } = this
    this.#functions.begin(this.#isOperator(settings) ? functionsOf(settings) : null)
    // A worker that was open has them.
    const start = (functions: Functions | null): void => {
      const choices = stored((storage) => storage.getItem(CHOICES)) ?? null
      this.#send('start', { run: this.#run, settings, shown, resume, functions, choices })
    }
    start(busy ? null : this.#functions.held)
    clearTimeout(this.#startTimeout)
    if (!busy) return
    // A step that takes minutes cannot be interrupted: its worker is terminated, and another one starts.
    this.#startTimeout = setTimeout(() => {
      if (this.status !== 'starting') return
      this.#worker?.terminate()
      this.#worker = this.#open()
      start(this.#functions.held)
    }, START_TIMEOUT)
  }

  /** Forgets everything of the previous run. */
  #clear(): void {
    const { contenders } = this.settings
    this.shown = Math.min(this.shown, contenders.length - 1)
    this.latest = this.snapshots = contenders.map(() => null)
    this.#answers = this.resolved = null
    this.finished = contenders.map(() => false)
    this.curves = contenders.map(emptyCurve)
    this.losses = contenders.map(() => [])
    this.drawn += 1
  }

  #failed(fault: Fault): void {
    this.#moving()
    this.drawing = null
    this.faults = [...this.faults, fault]
    // The run does not need them unless the address names one.
    if (fault.code === NOT_LOADED && !this.#waiting) return
    if (fault.contender !== null) this.finished = put(this.finished, fault.contender, true)
    else this.#functions.stop(new Error(fault.message))
    if (fault.contender === null || this.finished.every(Boolean)) this.status = 'stopped'
  }

  readonly #events: TrainEvents = {
    catalogue: (catalogue) => {
      // A restarted worker sends its first catalogue again.
      if (this.catalogue?.isWhole !== true || catalogue.isWhole) this.catalogue = catalogue
      // An address that names an equation or an operator waits for it.
      if (!this.#waiting || !catalogue.isWhole) return
      this.#waiting = false
      this.apply(fromLink(location.hash, this.tuned))
    },
    choices: (text) => stored((storage) => storage.setItem(CHOICES, text)),
    functions: (functions) => this.#functions.take(functions),
    drawing: (count) => {
      // Many solutions take longer than a step: the worker is busy, and not stuck. The picture belongs to the run
      // before.
      clearTimeout(this.#startTimeout)
      this.drawing = count
      this.#whole = null
    },
    started: ({ place, target, parameters, resolved, draws }) => {
      Object.assign(this, { place, parameters, resolved, drawing: null, status: 'running' })
      this.#whole = target
      this.#drawer = draws ? this.#worker : null
      this.component = Math.min(this.component, target.outputs - 1)
    },
    undrawn: () => void (this.#drawer = null),
    progress: (progress) => {
      const { contender, prediction, error, loss } = progress
      this.latest = put(this.latest, contender, progress)
      this.#moving()
      if (contender === this.shown && prediction !== null) this.#answers = prediction
      if (Number.isFinite(error) || Number.isFinite(loss)) extend(this.curves[contender]!, progress)
      this.drawn += 1
    },
    losses: (contender, losses) => void this.losses[contender]?.push(...losses),
    snapshot: (contender, snapshot) => void (this.snapshots = put(this.snapshots, contender, snapshot)),
    paused: () => void (this.status = 'paused'),
    done: (contender) => {
      this.finished = put(this.finished, contender, true)
      if (this.finished.every(Boolean)) this.status = 'done'
    },
    failed: (fault) => this.#failed(fault),
  }
}

/** The run that the user sees, whose output on show a component may choose. */
export type Session = Readonly<Omit<PageSession, 'component'>> & Pick<PageSession, 'component'>

export const makeSession = (): Session => new PageSession()
