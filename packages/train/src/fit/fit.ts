import type { Tree } from '@spikeward/core'
import type { EndReason, FitEvent } from './events.js'
import { checkOptions, taskOf } from './fitOptions.js'
import type { RegressionFitOptions, TaskFitOptions } from './fitOptions.js'
import { openSession } from './session.js'
import type { Reading } from './session.js'

/** Lets the platform have a turn: messages and abort signals come in only between tasks, never between microtasks. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Seconds of work after which the loop breathes. */
const BREATH = 0.05

/** Seconds beyond which a step is taken beside JavaScript; for a shorter one the hand-over would cost more than it saves. */
const LONG_STEP = 0.02

/**
 * Trains: an async iterable of what happens, which does its work as it is read.
 *
 * Each step is one call of one compiled function that is given the whole state to write over: no memory is allocated
 * and no number leaves the device until something is read (every `every` steps). Random numbers come from the key
 * folded with the step's number, so that a run resumed from a checkpoint ends with the same parameters, bit for bit.
 *
 * The event loop is never held for long: the loop gives it a turn every 50 ms, and a step that takes more than 20 ms runs
 * beside JavaScript where the backend can (`Executable.runAsync`), as does compiling before the first step
 * (`Executable.prepare`). An abort ends the run after the step in progress.
 *
 * Breaking out of the loop frees everything. The variables of the last event are the receiver's.
 *
 * @throws INVALID_OPTION; CHECKPOINT_MISMATCH where `resume` is of another run; NON_FINITE_LOSS, after the last
 *   checkpoint event of which nothing was NaN or infinite
 * @example
 * for await (const e of fit({ network, problem, estimator: rfg(), optimizer: adam(1e-3), key: 0, steps: 500 })) {
 *   if (e.type === 'metrics') console.log(e.step, e.loss)
 * }
 */
export function fit<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D>,
): AsyncGenerator<FitEvent<P, F>, void, undefined>
export function fit<P extends Tree, F extends Tree>(
  options: RegressionFitOptions<P, F>,
): AsyncGenerator<FitEvent<P, F>, void, undefined>
export function fit<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D> | RegressionFitOptions<P, F>,
): AsyncGenerator<FitEvent<P, F>, void, undefined> {
  // Impossible options are refused at once, not when the first event is asked for.
  const run = options as TaskFitOptions<P, F, D>
  checkOptions(run)
  return loop({ ...run, task: taskOf<P, F, D>(options) })
}

async function* loop<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D>,
): AsyncGenerator<FitEvent<P, F>, void, undefined> {
  const {
    task,
    steps = Infinity,
    seconds: budget = Infinity,
    every = 10,
    validateEvery = 0,
    checkpointEvery = 0,
    resume,
    signal,
  } = options
  const session = await openSession(task, options)
  const validator = validateEvery > 0 ? task.validator?.() : undefined
  let handedOver = false
  try {
    yield {
      type: 'start',
      step: session.step(),
      parameters: session.parameters(),
      backend: options.backend?.name ?? 'reference',
    }

    let spent = { seconds: resume?.seconds ?? 0, forwardEquivalents: resume?.forwardEquivalents ?? 0 }
    let readAt = session.step()
    let shown = { step: readAt, seconds: spent.seconds }
    let last: Reading = await session.read()
    let snapshot = resume
    let breath = performance.now()
    const first = session.step() + 1
    let lastStep = 0
    // The clock runs while training alone does: from `since` until it is stopped, which happens after the device is done.
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
          : signal?.aborted === true
            ? 'aborted'
            : undefined

    let done = reason()
    if (done === undefined) {
      since = performance.now()
      await session.prepare()
      // Shaders take seconds on some devices: meanwhile the time may have run out, or an abort come in.
      done = reason()
      if (done !== undefined) await stop()
    }
    while (done === undefined) {
      since ??= performance.now()
      const begun = performance.now()
      if (lastStep > LONG_STEP) await session.advanceAsync()
      else session.advance()
      // The first step compiles, which says nothing of the next.
      if (session.step() > first) lastStep = (performance.now() - begun) / 1000
      done = reason()
      const due = (n: number): boolean => n > 0 && session.step() % n === 0
      const [measure, validate, keep] = [
        due(every),
        due(validateEvery) && validator !== undefined,
        due(checkpointEvery),
      ]
      if (measure || validate || keep || done !== undefined) await stop()
      const step = session.step()
      if (measure || done !== undefined) {
        const rate = (step - shown.step) / Math.max(spent.seconds - shown.seconds, 1e-9)
        shown = { step, seconds: spent.seconds }
        yield {
          type: 'metrics',
          step,
          loss: last.loss,
          seconds: spent.seconds,
          stepsPerSecond: rate,
          forwardEquivalents: spent.forwardEquivalents,
        }
      }
      if (validate) {
        const { relativeL2 } = await validator!.evaluate(session.variables())
        yield { type: 'validation', step, seconds: spent.seconds, relativeL2 }
      }
      if (keep) {
        snapshot = await session.snapshot(spent)
        yield { type: 'checkpoint', step, snapshot }
      }
      if (performance.now() - breath > BREATH * 1000) {
        await breathe()
        breath = performance.now()
      }
      // An abort by the reader of an event, or by a message that came in: not one step more.
      if (done === undefined && signal?.aborted === true) {
        done = 'aborted'
        if (since !== undefined) await stop()
      }
    }

    if (snapshot?.step !== session.step()) {
      snapshot = await session.snapshot(spent)
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
  } finally {
    session.dispose(handedOver ? 'variables' : 'nothing')
    validator?.dispose()
  }
}
