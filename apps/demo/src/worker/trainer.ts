import { treeLeaves } from '@spikeward/core'
import type { Backend, Variables } from '@spikeward/core'
import { restoreVariables, snapshotOf } from '@spikeward/train'
import type { Evaluator, Snapshot } from '@spikeward/train'
import type { Fault, Functions, Progress, TrainEvent, TrainRequest } from '../protocol.js'
import { openBackend } from './backends.js'
import { buildShared } from './buildShared.js'
import type { Shared } from './buildShared.js'
import { faultOf } from './faultOf.js'
import { functionsOf } from '../operator/functionsOf.js'
import { AUTO } from '../settings/settings.js'
import type { Settings } from '../settings/settings.js'
import { checkDoubles, firstVariables, makeRunner, trialOn, workloadOf } from './runner.js'
import type { Moment, Runner } from './runner.js'
import type { View } from '../points/viewOf.js'

type Start = Extract<TrainRequest, { type: 'start' }>

/**
 * Milliseconds between two pictures of the contender that is shown, of another contender, and two snapshots for the
 * page.
 */
const PICTURE = 60
const OTHER = 200
const SNAPSHOT = 700

/** The number of first losses that are reported one by one. */
const FIRST_LOSSES = 50

type Race = {
  readonly run: number
  readonly settings: Settings
  readonly shared: Shared
  readonly backend: Backend
  readonly view: View
  readonly measure: Evaluator<Variables>
  readonly runners: readonly Runner[]
  readonly shownAt: number[]
  readonly sentAt: number[]
  readonly latest: (Snapshot | null)[]
  /** The common initial variables of all contenders. */
  readonly first: Variables
  shown: number
  paused: boolean
}

/** Messages arrive only between tasks. */
const yieldToMessages = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** The values of the unknown coefficients of an equation. */
async function coefficientsOf({ coefficients }: Shared, variables: Variables): Promise<Progress['coefficients']> {
  const found = Object.entries(coefficients?.(variables) ?? {})
  return Object.fromEntries(await Promise.all(found.map(async ([name, t]) => [name, await t.item()] as const)))
}

/** Trains according to the page's messages, and reports its progress. */
export function makeTrainer(post: (event: TrainEvent, transfer?: Transferable[]) => void): (r: TrainRequest) => void {
  let race: Race | null = null
  /** The run requested last. */
  let wanted = -1
  /** The drawing of functions for it, which a newer one ends. */
  let drawing: AbortController | null = null
  /** The functions of the operator that is learned: a restart does not solve for them anew. */
  let functions: Functions | null = null
  let held: { readonly name: string; readonly opened: ReturnType<typeof openBackend> } | null = null

  const backendFor = ({ run, settings, choices }: Start, shared: Shared) => {
    const workload = workloadOf(settings, shared)
    const name = settings.backend === AUTO ? `${AUTO} ${workload}` : settings.backend
    if (held?.name !== name) {
      const before = held
      const trial = trialOn(shared, settings)
      const memory = { load: () => choices, save: (text: string) => post({ type: 'choices', run, text }) }
      held = { name, opened: openBackend(settings.backend, { trial, memory, workload }) }
      void before?.opened.then(({ backend }) => backend[Symbol.asyncDispose]()).catch(() => undefined)
    }
    return held.opened
  }

  /** A lost device stays lost: the next run gets another one. */
  const faultAt = (error: unknown, contender: number | null = null): Fault => {
    const fault = faultOf(error, contender)
    if (fault.code === 'DEVICE_LOST') held = null
    return fault
  }

  async function start(request: Start): Promise<void> {
    const { run, settings, shown, paused, resume } = request
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
        onProgress: (count) => post({ type: 'drawing', run, count }),
        onDrawn(drawn) {
          if (wanted !== run) return
          functions = drawn
          post({ type: 'functions', functions: drawn })
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
      post({ type: 'started', run, place, target: view.target, parameters })
      race = {
        run,
        settings,
        shared,
        backend,
        view,
        measure: view.measure(),
        runners,
        shownAt: [...none],
        sentAt: [...none],
        latest: [...resume],
        first,
        shown,
        paused,
      }
      if (resume.every((r) => r === null)) await begin(race)
      await loop(race)
    } catch (error) {
      const fault = faultAt(error)
      if (wanted === run) post({ type: 'failed', run, fault })
    }
  }

  /** All contenders start at the same variables, so one picture serves them all. */
  async function begin({ run, shared, measure, view, first, runners, shown }: Race): Promise<void> {
    const { prediction, relativeL2 } = await measure.evaluate(first)
    const start = {
      step: 0,
      loss: Number.NaN,
      error: view.errorOf(prediction, relativeL2),
      seconds: 0,
      forwardEquivalents: 0,
      coefficients: await coefficientsOf(shared, first),
    }
    for (const contender of runners.keys()) {
      const values = contender === shown ? view.pictured(prediction) : null
      post({ type: 'progress', run, progress: { ...start, contender, prediction: values } })
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
        post({ type: 'losses', run: current.run, contender, losses: moment.losses })
      if (moment.snapshot !== null) {
        const snapshot = runner.done() ? await ended(current, contender, moment.snapshot) : moment.snapshot
        await report(current, contender, moment, snapshot, show || runner.done())
      }
      if (runner.done()) post({ type: 'done', run: current.run, contender })
    } catch (error) {
      await runner.stop()
      if (race === current) post({ type: 'failed', run: current.run, fault: faultAt(error, contender) })
    }
  }

  /** The state after the last step, which may be changed once more. */
  async function ended({ shared, backend, first, settings }: Race, contender: number, snapshot: Snapshot) {
    if (shared.last === undefined) return snapshot
    const variables = await restoreVariables(shared.task, snapshot, { backend, template: first })
    const last = await shared.last(settings.contenders[contender]!, variables)
    const changed = last === variables ? snapshot : await snapshotOf(last, snapshot)
    // Both share the tensors that were not solved for.
    new Set(treeLeaves([variables, last])).forEach((t) => t.dispose())
    return changed
  }

  async function report(
    current: Race,
    contender: number,
    moment: Moment,
    snapshot: Snapshot,
    due: boolean,
  ): Promise<void> {
    current.latest[contender] = snapshot
    const now = performance.now()
    const isShown = contender === current.shown
    if (due || now - current.sentAt[contender]! > SNAPSHOT) {
      current.sentAt[contender] = now
      post({ type: 'snapshot', run: current.run, contender, snapshot })
    }
    if (!due && now - current.shownAt[contender]! < (isShown ? PICTURE : OTHER)) return
    current.shownAt[contender] = now
    await picture(current, contender, moment, snapshot)
  }

  async function picture(
    current: Race,
    contender: number,
    { loss, seconds }: Pick<Moment, 'loss' | 'seconds'>,
    snapshot: Snapshot,
  ): Promise<void> {
    const { shared, backend, measure, view, first } = current
    const variables = await restoreVariables(shared.task, snapshot, { backend, template: first })
    const { prediction, relativeL2 } = await measure.evaluate(variables)
    const coefficients = await coefficientsOf(shared, variables)
    treeLeaves(variables).forEach((t) => t.dispose())
    const values = contender === current.shown ? view.pictured(prediction) : null
    const error = view.errorOf(prediction, relativeL2)
    const { step, forwardEquivalents } = snapshot
    const progress = { contender, step, loss, error, seconds, forwardEquivalents, prediction: values, coefficients }
    post({ type: 'progress', run: current.run, progress }, values === null ? [] : [values.buffer])
  }

  async function pause(current: Race): Promise<void> {
    current.paused = true
    current.latest.forEach((snapshot, contender) => {
      if (snapshot !== null) post({ type: 'snapshot', run: current.run, contender, snapshot })
    })
    post({ type: 'paused', run: current.run })
  }

  async function step(current: Race): Promise<void> {
    for (const [contender, runner] of current.runners.entries())
      if (!runner.done()) await turn(current, contender, true)
  }

  async function show(current: Race, contender: number): Promise<void> {
    current.shown = contender
    const snapshot = current.latest[contender]
    const seconds = current.runners[contender]?.seconds() ?? 0
    if (snapshot) await picture(current, contender, { loss: Number.NaN, seconds }, snapshot)
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
      post({ type: 'failed', run: race?.run ?? -1, fault: faultAt(error) })
    })
  }

  return (request) => {
    const current = race
    if (request.type === 'start') {
      void start(request)
      return
    }
    if (current === null) return
    if (request.type === 'pause') queue(() => pause(current))
    if (request.type === 'step') queue(() => step(current))
    if (request.type === 'show') queue(() => show(current, request.contender))
    if (request.type === 'go' && current.paused) {
      current.paused = false
      void loop(current)
    }
  }
}
