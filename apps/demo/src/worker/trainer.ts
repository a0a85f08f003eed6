import type { WebGpuBackend } from '@spikeward/backend-webgpu'
import { type Backend, type Variables, bufferOf, treeLeaves } from '@spikeward/core'
import { type Evaluator, type Snapshot, restoreVariables, snapshotOf } from '@spikeward/train'
import type { Frame } from '../draw/painter.js'
import { type Fault, type Functions, type Progress, type Start, type Tell, NOT_LOADED, faultOf } from '../protocol.js'
import { openBackend, startBackend } from './backends.js'
import { type MeasuredView, type Shared, type BuildHow, buildPoints } from './build.js'
import { functionsOf } from '../drawnFunctions.js'
import { type Settings, AUTO } from '../settings/settings.js'
import { type Moment, type Runner, checkDoubles, firstVariables, makeRunner, trialOn, workloadOf } from './runner.js'
import { makeStage } from './stage.js'
import { isFunction } from './catalogue.js'

/**
 * Milliseconds between two pictures of the contender that is shown, of another contender, and two snapshots for the
 * page.
 */
const PICTURE = 60
const OTHER = 200
const SNAPSHOT = 700

/** The number of first losses that are reported one by one. */
const FIRST_LOSSES = 50

/** The state of a contender at a snapshot. */
type Reached = Pick<Moment, 'loss' | 'seconds'> & { readonly snapshot: Snapshot }

type Race = {
  readonly run: number
  readonly settings: Settings
  readonly shared: Shared
  readonly backend: Backend
  readonly view: MeasuredView
  readonly measure: Evaluator<Variables>
  /** The backend from whose memory the stage draws; null if it is no graphics device. */
  drawer: WebGpuBackend | null
  readonly runners: readonly Runner[]
  /** When each contender was last shown, and its snapshot sent; when the page last got the values of a prediction. */
  readonly shownAt: number[]
  readonly sentAt: number[]
  valuesAt: number
  readonly latest: (Reached | null)[]
  /** The common initial variables of all contenders. */
  readonly first: Variables
  shown: number
  paused: boolean
}

const isOnDevice = (backend: Backend): backend is WebGpuBackend => backend.name === 'webgpu'

/** Messages arrive only between tasks. */
const yieldToMessages = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** The values of the unknown coefficients of an equation. */
async function coefficientsOf({ coefficients }: Shared, variables: Variables): Promise<Progress['coefficients']> {
  const entries = Object.entries(coefficients?.(variables) ?? {})
  return Object.fromEntries(await Promise.all(entries.map(async ([name, t]) => [name, await t.item()] as const)))
}

/** The functions that the page calls to train. */
export type Trainer = ReturnType<typeof makeTrainer>

/** Trains as the page demands, and reports its progress. */
export function makeTrainer(tell: Tell) {
  let race: Race | null = null
  /** The run requested last. */
  let wanted = -1
  /** The drawing of functions for it, which a newer one ends. */
  let drawing: AbortController | null = null
  /** The functions of the operator that is learned: a restart does not solve for them anew. */
  let functions: Functions | null = null
  let lastBackend: { readonly name: string; readonly opened: ReturnType<typeof openBackend> } | null = null
  const stage = makeStage(
    () => queue(async () => (race === null ? undefined : repeat(race))),
    () => undraw(),
  )

  /** The page draws instead. */
  function undraw(): void {
    stage.show(null)
    if (race !== null) race.drawer = null
    tell(wanted, 'undrawn', [])
  }

  /** The memory of a lost device is gone: the cpu computes its last picture again. */
  function lost(backend: Backend): void {
    if (race?.backend !== backend) return
    const current = race
    undraw()
    queue(async () => {
      const cpu = await startBackend('cpu', 1)
      const measure = current.view.measure()
      await repeat({ ...current, backend: cpu, measure }).finally(() => measure.dispose())
      await cpu[Symbol.asyncDispose]()
    })
  }

  const backendFor = ({ run, settings, choices }: Start, shared: Shared) => {
    const workload = workloadOf(settings, shared)
    const name = settings.backend === AUTO ? `${AUTO} ${workload}` : settings.backend
    if (lastBackend?.name !== name) {
      const before = lastBackend
      const trial = trialOn(shared, settings)
      const memory = { load: () => choices, save: (text: string) => tell(run, 'choices', [text]) }
      const opened = openBackend(settings.backend, { trial, memory, workload })
      lastBackend = { name, opened }
      void opened.then(
        ({ backend }) => isOnDevice(backend) && void backend.lost.then(() => lost(backend)),
        () => undefined,
      )
      void before?.opened.then(({ backend }) => backend[Symbol.asyncDispose]()).catch(() => undefined)
    }
    return lastBackend.opened
  }

  /** A lost device stays lost: the next run gets another one. */
  const faultAt = (error: unknown, contender: number | null = null): Fault => {
    const fault = faultOf(error, contender)
    if (fault.code === 'DEVICE_LOST') lastBackend = null
    return fault
  }

  async function start(request: Start): Promise<void> {
    const { run, settings, shown, resume } = request
    const before = race
    race = null
    wanted = run
    drawing?.abort()
    const abort = new AbortController()
    drawing = abort
    const of = functionsOf(settings)
    functions = [functions, request.functions].find((one) => one?.of === of) ?? null
    try {
      if (before !== null) await close(before)
      const shared = await buildShared(settings, {
        functions,
        signal: abort.signal,
        onProgress: (count) => tell(run, 'drawing', [count]),
        onDrawn(solved) {
          if (wanted !== run) return
          functions = solved
          tell(null, 'functions', [solved])
        },
      })
      if (wanted !== run) return
      const { backend, place } = await backendFor(request, shared)
      if (wanted !== run) return
      checkDoubles(shared, backend)
      const view = shared.view()
      const first = await firstVariables(shared, settings, backend)
      if (wanted !== run) return
      const runners = settings.contenders.map((_, i) => makeRunner(shared, settings, i, backend, resume[i] ?? null))
      const none = settings.contenders.map(() => -Infinity)
      const parameters = treeLeaves(first.trained).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
      const measure = view.measure()
      const drawer = isOnDevice(backend) && measure.onBackend !== undefined ? backend : null
      const { grid, outputs, y } = view.target
      const [rows = 0, columns = 0] = grid
      stage.show(drawer && { device: drawer.device, picture: { rows, columns, outputs, target: y } })
      const resolved = shared.assembled?.map(({ config }) => config) ?? null
      tell(run, 'started', [{ place, target: view.target, parameters, resolved, draws: drawer !== null }])
      race = {
        ...{ run, settings, shared, backend, view, measure, drawer, runners, first, shown },
        ...{ shownAt: [...none], sentAt: [...none], valuesAt: -Infinity, paused: false },
        latest: resume.map((snapshot) => snapshot && { snapshot, loss: Number.NaN, seconds: snapshot.seconds }),
      }
      if (resume.every((r) => r === null)) await begin(race)
      await loop(race)
    } catch (error) {
      const fault = faultAt(error)
      if (wanted === run) tell(run, 'failed', [fault])
    }
  }

  /** All contenders start at the same variables, so one picture serves them all. */
  async function begin(current: Race): Promise<void> {
    const { run, shared, first, runners, shown } = current
    const { prediction, error } = await measured(current, shown, first, true)
    const coefficients = await coefficientsOf(shared, first)
    const start = { step: 0, loss: Number.NaN, error, seconds: 0, forwardEquivalents: 0, coefficients }
    for (const contender of runners.keys())
      tell(run, 'progress', [{ ...start, contender, prediction: contender === shown ? prediction : null }])
  }

  /**
   * The error of variables, and for the contender that is shown the prediction: the stage draws it from the memory of
   * the device, and the page gets its values if it draws itself, or if an update is due.
   */
  type Measured = Pick<Progress, 'error' | 'prediction'>
  async function measured(current: Race, contender: number, variables: Variables, due: boolean): Promise<Measured> {
    const { measure, view, drawer, shown } = current
    if (drawer === null || measure.onBackend === undefined) {
      const { prediction, relativeL2 } = await measure.evaluate(variables)
      return { error: relativeL2, prediction: contender === shown ? view.pictured(prediction) : null }
    }
    const { prediction, relativeL2 } = await measure.onBackend(variables)
    try {
      const now = performance.now()
      const isDrawn = contender === shown && stage.isReady()
      if (isDrawn) stage.predict((to) => drawer.copy(bufferOf(prediction, drawer), to.size, to))
      const isRead = contender === shown && (!isDrawn || due || now - current.valuesAt > SNAPSHOT)
      if (!isRead) return { error: relativeL2, prediction: null }
      current.valuesAt = now
      return { error: relativeL2, prediction: view.pictured(await prediction.data()) }
    } finally {
      prediction.dispose()
    }
  }

  /** The runner that has trained least goes next, so that the race is even in time. The one that is shown starts. */
  const nextOf = ({ runners, shown }: Race): number => {
    const waiting = runners.map((r, i) => ({ r, i })).filter(({ r }) => !r.done())
    const least = Math.min(...waiting.map(({ r }) => r.seconds()))
    const first = waiting.filter(({ r }) => r.seconds() === least)
    return (first.find(({ i }) => i === shown) ?? first[0])?.i ?? -1
  }

  async function loop(current: Race): Promise<void> {
    for (;;) {
      await yieldToMessages()
      if (race !== current || current.paused) return
      const contender = nextOf(current)
      if (contender < 0) return
      await turn(current, contender, false)
    }
  }

  /** Lets one estimator train until its next checkpoint and shows the result if an update is due. */
  async function turn(current: Race, contender: number, show: boolean): Promise<void> {
    const runner = current.runners[contender]!
    try {
      const moment = await runner.advance()
      if (race !== current) return
      if (moment.losses.length > 0 && moment.step - moment.losses.length < FIRST_LOSSES)
        tell(current.run, 'losses', [contender, moment.losses])
      if (moment.snapshot !== null) {
        const snapshot = runner.done() ? await ended(current, contender, moment.snapshot) : moment.snapshot
        await report(current, contender, { ...moment, snapshot }, show || runner.done())
      }
      if (runner.done()) tell(current.run, 'done', [contender])
    } catch (error) {
      await runner.stop()
      if (race === current) tell(current.run, 'failed', [faultAt(error, contender)])
    }
  }

  /** The state after the last step, which may be changed once more. */
  async function ended({ shared, backend, first }: Race, contender: number, snapshot: Snapshot) {
    if (shared.last === undefined) return snapshot
    const variables = await restoreVariables(shared.task, snapshot, { backend, template: first })
    const last = await shared.last(contender, variables)
    const changed = last === variables ? snapshot : await snapshotOf(last, snapshot)
    // Both share the tensors that were not solved for.
    new Set(treeLeaves([variables, last])).forEach((t) => t.dispose())
    return changed
  }

  async function report(current: Race, contender: number, reached: Reached, due: boolean): Promise<void> {
    current.latest[contender] = reached
    const now = performance.now()
    if (due || now - current.sentAt[contender]! > SNAPSHOT) {
      current.sentAt[contender] = now
      tell(current.run, 'snapshot', [contender, reached.snapshot])
    }
    if (!due && now - current.shownAt[contender]! < (contender === current.shown ? PICTURE : OTHER)) return
    current.shownAt[contender] = now
    await picture(current, contender, reached, due)
  }

  async function picture(current: Race, contender: number, reached: Reached, due: boolean): Promise<void> {
    const { shared, backend, first } = current
    const { loss, seconds, snapshot } = reached
    const variables = await restoreVariables(shared.task, snapshot, { backend, template: first })
    const { prediction, error } = await measured(current, contender, variables, due)
    const coefficients = await coefficientsOf(shared, variables)
    treeLeaves(variables).forEach((t) => t.dispose())
    const { step, forwardEquivalents } = snapshot
    const progress = { contender, step, loss, error, seconds, forwardEquivalents, prediction, coefficients }
    tell(current.run, 'progress', [progress], prediction === null ? [] : [prediction.buffer])
  }

  /** The last picture again. */
  async function repeat(current: Race): Promise<void> {
    const reached = current.latest[current.shown]
    if (reached) await picture(current, current.shown, reached, true)
    else if (current.drawer !== null) await measured(current, current.shown, current.first, false)
  }

  async function pause(current: Race): Promise<void> {
    current.paused = true
    current.latest.forEach((reached, contender) => {
      if (reached) tell(current.run, 'snapshot', [contender, reached.snapshot])
    })
    // The page may have an earlier prediction than the stage.
    if (current.drawer !== null) await repeat(current)
    tell(current.run, 'paused', [])
  }

  async function step(current: Race): Promise<void> {
    for (const [contender, runner] of current.runners.entries())
      if (!runner.done()) await turn(current, contender, true)
  }

  async function show(current: Race, contender: number): Promise<void> {
    current.shown = contender
    await repeat(current)
  }

  async function close({ runners, measure, first }: Race): Promise<void> {
    await Promise.all(runners.map((r) => r.stop()))
    measure.dispose()
    treeLeaves(first).forEach((t) => t.dispose())
  }

  // One message at a time, in the order of arrival.
  let before: Promise<unknown> = Promise.resolve()
  const queue = (work: () => Promise<void>): void => {
    before = before.then(work).catch((error: unknown) => {
      tell(race?.run ?? -1, 'failed', [faultAt(error)])
    })
  }

  const queueOnRace = (work: (current: Race) => Promise<void>): void => {
    const current = race
    if (current !== null) queue(() => work(current))
  }

  return {
    start: (request: Start): void => void start(request),
    pause: () => queueOnRace(pause),
    step: () => queueOnRace(step),
    show: (contender: number) => queueOnRace((current) => show(current, contender)),
    go(): void {
      if (race?.paused !== true) return
      race.paused = false
      void loop(race)
    },
    /** How the surface is seen on the canvas of the page. */
    frame: (frame: Frame): void => stage.frame(frame),
    /** The canvas on which a worker that `draws` draws the surface; null: the page needs the surface no more. */
    canvas(canvas: OffscreenCanvas | null): void {
      stage.lend(canvas)
      // The page draws from values, which it has seldom got.
      if (canvas === null && race !== null && race.drawer !== null) queueOnRace(repeat)
    },
    /** Loads equations and operators for a run; a catalogue with them follows. */
    async later(run: number): Promise<void> {
      try {
        tell(null, 'catalogue', [(await import('./later/later.js')).wholeCatalogue])
      } catch (error) {
        const message = `Equations and operators could not be loaded (${faultOf(error).message}); reload the page to choose one.`
        tell(run, 'failed', [{ code: NOT_LOADED, message, contender: null }])
      }
    },
  }
}

/**
 * Builds the problem and its network. Functions of points need a small part of the package of experiments; the rest is
 * loaded when an equation or an operator is named. The functions of an operator are drawn and solved.
 *
 * @throws CLI_UNKNOWN_NAME; FUNCTIONS_MISSING; and the errors of the factories
 */
export const buildShared = async (settings: Settings, how: BuildHow = {}): Promise<Shared> =>
  isFunction(settings.problem)
    ? buildPoints(settings)
    : (await import('./later/later.js')).buildExperiment(settings, how)
