import { type Tree, SpikewardError } from '@spikeward/core'
import type { Snapshot } from '../checkpoint/snapshot.js'
import { checkModel } from '../checkpoint/checkModel.js'
import { checkStep } from './checkStep.js'
import { memberOf } from './ensemble.js'
import type { EndReason, FitEvent, MetricsEvent } from './events.js'
import { type RegressionFitOptions, type TaskFitOptions, checkOptions, defaultBackend, taskOf } from './fitOptions.js'
import { type Reading, openSession } from './session.js'

type Unread = { readonly message: string }

/** The runs of which no event has been read, without the runs themselves: they can be collected. */
const unread = new Set<Unread>()

let collector: FinalizationRegistry<Unread> | undefined

/** Waits for the collection of runs, and in Node, Deno and Bun for the end of the program; created on first use. */
function registry(): FinalizationRegistry<Unread> {
  if (collector !== undefined) return collector
  const { process } = globalThis as { process?: { on?(event: 'exit', listener: (code: number) => void): void } }
  process?.on?.('exit', warnAtExit)
  return (collector = new FinalizationRegistry(warn))
}

function warn(one: Unread): void {
  if (unread.delete(one)) console.warn(one.message)
}

/** A program that fails has a better message. */
function warnAtExit(code: number): void {
  if (code === 0) unread.forEach(warn)
}

/**
 * Prints a warning if a run is never read: when the garbage collector frees it, or, outside browsers, when the program
 * ends without an error. A run that waits is never reported, since it can still be read.
 *
 * @param run the object whose collection is awaited
 * @param message the text of the warning
 * @returns a function to call when the run is read or given up
 */
function reportUnread(run: object, message: string): () => void {
  const one = { message }
  unread.add(one)
  registry().register(run, one, one)
  return () => {
    unread.delete(one)
    collector?.unregister(one)
  }
}

/** Yields to the event loop: messages and abort signals arrive between tasks, not between microtasks. */
const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Seconds of work after which the loop yields. */
const YIELD_AFTER = 0.05

/** Seconds of a step beyond which it runs asynchronously. The hand-over of a shorter step costs more than it saves. */
const LONG_STEP = 0.02

/**
 * Trains a network: an async iterable of events. It trains only while its events are read. If none is ever read, a
 * warning with the code FIT_UNREAD is printed when the iterable is collected as garbage, and in Node, Deno and Bun also
 * when the program ends without an error.
 *
 * Each step calls one compiled function, which overwrites the whole state: no memory is allocated, and no number leaves
 * the device until an event is due (every `every` steps). Random numbers come from the key folded with the step's
 * number, so that a run resumed from a checkpoint ends with the same parameters, bit for bit.
 *
 * The event loop gets a turn every 50 ms. A step of more than 20 ms runs asynchronously if the backend can
 * (`Executable.runAsync`), as does compilation before the first step (`Executable.prepare`). An abort ends the run
 * after the step in progress.
 *
 * Leaving the loop frees everything. The receiver of the last event owns its variables, and disposes of them.
 *
 * An option that is undefined counts as not given, so that optional values can be passed on.
 *
 * @throws INVALID_OPTION; UNKNOWN_OPTION; INVALID_BACKEND; CHECKPOINT_MISMATCH if `resume` is of another run;
 *   NON_FINITE_LOSS if the loss becomes NaN or infinite: every checkpoint before it is finite
 * @example
 * for await (const e of fit({ network, problem, estimator: rfg(), optimizer: adam(1e-3), key: 0, steps: 500 })) {
 *   if (e.type === 'metrics') console.log(e.step, e.loss)
 * }
 */
export function fit<P extends Tree, F extends Tree, D extends Tree>(options: TaskFitOptions<P, F, D>): FitRun<P, F>
export function fit<P extends Tree, F extends Tree>(options: RegressionFitOptions<P, F>): FitRun<P, F>
export function fit<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D> | RegressionFitOptions<P, F>,
): FitRun<P, F> {
  // Impossible options throw at once, not when the first event is read.
  const task = taskOf<P, F, D>('fit', options)
  const run = options as TaskFitOptions<P, F, D>
  checkOptions(run)
  const events = loop({ ...run, task }, () => read())
  // Types cannot make sure that events are read, and nothing is trained until they are.
  const read = reportUnread(events, UNREAD)
  const leave = events.return.bind(events)
  return Object.assign(events, {
    return: (): ReturnType<typeof leave> => {
      read()
      return leave()
    },
    then: ((_: unknown, reject?: (reason: Error) => void) => {
      read()
      refuseAwait(reject)
    }) as unknown as FitRun['then'],
  })
}

const READ_EVENTS = 'read its events: for await (const event of fit(…)) { … }'

const UNREAD = `fit was called, and none of its events was read: nothing was trained; ${READ_EVENTS} [FIT_UNREAD]`

/** `await fit(…)` would end at once without a step, so it rejects. */
function refuseAwait(reject?: (reason: Error) => void): void {
  const what = `fit was awaited, but trains only while its events are read; ${READ_EVENTS}`
  const error = new SpikewardError('FIT_AWAITED', what)
  if (reject === undefined) throw error
  reject(error)
}

/** The events of a run. Awaiting it is a type error and rejects with FIT_AWAITED, because nothing would be trained. */
export type FitRun<P extends Tree = Tree, F extends Tree = Tree> = AsyncGenerator<FitEvent<P, F>, void, undefined> & {
  readonly then: (readTheEventsInstead: never) => never
}

async function* loop<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D>,
  onRead: () => void,
): AsyncGenerator<FitEvent<P, F>, void, undefined> {
  // The body begins when the first event is asked for.
  onRead()
  const {
    task,
    steps = Infinity,
    seconds: budget = Infinity,
    every = 10,
    validateEvery = 0,
    checkpointEvery = 0,
    check = 0,
    patience,
    resume,
    model = resume?.model,
    signal,
  } = options
  if (options.model !== undefined) checkModel(options.model, resume?.model)
  const backend = options.backend ?? (await defaultBackend())
  const session = await openSession(task, { ...options, backend })
  const validator = validateEvery > 0 ? task.validator?.() : undefined
  if (patience !== undefined && validator === undefined) {
    session.dispose('nothing')
    throw new SpikewardError(
      'INVALID_OPTION',
      'fit: patience is given, but the task has no validation data; leave it out',
    )
  }
  let [handedOver, failed] = [false, false]
  try {
    yield {
      type: 'start',
      step: session.step(),
      parameters: session.parameters(),
      backend: backend.name,
    }

    let spent = { seconds: resume?.seconds ?? 0, forwardEquivalents: resume?.forwardEquivalents ?? 0 }
    let readAt = session.step()
    let shown = { step: readAt, seconds: spent.seconds }
    let last: Reading = await session.read()
    let snapshot = resume
    let best = resume?.best
    let validatedAt = validateEvery > 0 ? session.step() - (session.step() % validateEvery) : 0
    const metrics = (): MetricsEvent => {
      const { seconds, forwardEquivalents } = spent
      const step = session.step()
      const stepsPerSecond = (step - shown.step) / Math.max(seconds - shown.seconds, 1e-9)
      shown = { step, seconds }
      return { type: 'metrics', step, loss: last.loss, seconds, stepsPerSecond, forwardEquivalents }
    }
    const takeSnapshot = async (): Promise<Snapshot> => ({
      ...(await session.snapshot(spent)),
      ...(best === undefined ? {} : { best }),
      ...(model === undefined ? {} : { model }),
    })
    let yieldedAt = performance.now()
    const first = session.step() + 1
    let lastStep = 0
    // The clock counts training alone: from `since` until `stop`, which waits for the device.
    let since: number | undefined
    const elapsed = (): number => spent.seconds + (since === undefined ? 0 : (performance.now() - since) / 1000)
    const stop = async (): Promise<void> => {
      last = await session.read()
      spent = {
        seconds: elapsed(),
        forwardEquivalents: spent.forwardEquivalents + last.forwardEquivalents * (session.step() - readAt),
      }
      since = undefined
      readAt = session.step()
    }
    const reason = (): EndReason | undefined =>
      session.step() >= steps
        ? 'steps'
        : elapsed() >= budget
          ? 'seconds'
          : validatedAt - (best?.step ?? 0) >= (patience ?? Infinity) * validateEvery
            ? 'patience'
            : signal?.aborted === true
              ? 'aborted'
              : undefined

    let done = reason()
    if (done === undefined) {
      since = performance.now()
      await session.prepare()
      // Compiling shaders takes seconds on some devices: the budget may be spent by now, or an abort may have arrived.
      done = reason()
      if (done !== undefined) await stop()
    }
    while (done === undefined) {
      since ??= performance.now()
      const begun = performance.now()
      if (session.advance === undefined || lastStep > LONG_STEP) await session.advanceAsync()
      else session.advance()
      // The first step compiles: its duration does not predict the next.
      if (session.step() > first) lastStep = (performance.now() - begun) / 1000
      done = reason()
      const due = (n: number): boolean => n > 0 && session.step() % n === 0
      const [measure, validate, keep, verify] = [
        due(every),
        due(validateEvery) && validator !== undefined,
        due(checkpointEvery),
        due(check),
      ]
      if (measure || validate || keep || verify || done !== undefined) await stop()
      const step = session.step()
      if (verify) {
        const all = session.variables()
        const checked = await checkStep(task, task.members === undefined ? all : memberOf(all, 0), backend, step)
        yield { type: 'check', ...checked }
      }
      if (measure || done !== undefined) yield metrics()
      if (validate) {
        const { relativeL2 } = await validator!.evaluate(session.variables(), options.share)
        validatedAt = step
        const { measure: kind } = validator!
        yield {
          type: 'validation',
          step,
          seconds: spent.seconds,
          relativeL2,
          ...(kind === undefined ? {} : { measure: kind }),
        }
        if (patience !== undefined && relativeL2 < (best?.relativeL2 ?? Infinity)) {
          best = { step, relativeL2 }
          yield { type: 'best', ...best, snapshot: await takeSnapshot() }
        }
        done ??= reason()
        if (done !== undefined && shown.step !== step) yield metrics()
      }
      if (keep) {
        snapshot = await takeSnapshot()
        yield { type: 'checkpoint', step, snapshot }
      }
      if (performance.now() - yieldedAt > YIELD_AFTER * 1000) {
        await yieldToEventLoop()
        yieldedAt = performance.now()
      }
      // The reader of an event may have aborted the run, or a message may have: take no further step.
      if (done === undefined && signal?.aborted === true) {
        done = 'aborted'
        if (since !== undefined) await stop()
      }
    }

    if (snapshot?.step !== session.step()) {
      snapshot = await takeSnapshot()
      yield { type: 'checkpoint', step: session.step(), snapshot }
    }
    handedOver = true
    yield {
      type: 'end',
      step: session.step(),
      reason: done,
      loss: last.loss,
      ...spent,
      snapshot,
      variables: session.variables(),
    }
  } catch (error) {
    failed = true
    throw error
  } finally {
    disposeEach([() => session.dispose(handedOver ? 'variables' : 'nothing'), () => validator?.dispose()], failed)
  }
}

/**
 * Disposes of each part; the first failure is thrown at the end, unless the run itself `failed`: that error says more.
 */
function disposeEach(disposals: readonly (() => void)[], failed: boolean): void {
  const errors: unknown[] = []
  for (const dispose of disposals) {
    try {
      dispose()
    } catch (error) {
      errors.push(error)
    }
  }
  if (!failed && errors.length > 0) throw errors[0]
}
