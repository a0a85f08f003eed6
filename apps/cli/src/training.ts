/** Runs what was built, in a run folder: shared by `train` and `resume`. */
import type { Backend } from '@spikeward/core'
import { evaluate, fit } from '@spikeward/train'
import type { EndEvent, Snapshot } from '@spikeward/train'
import { record } from '@spikeward/train/node'
import type { RunFolder } from '@spikeward/train/node'
import { ridgeBaseline } from './baseline.js'
import type { Parts } from './build.js'
import type { TrainConfig } from './config.js'
import { exitCodes } from './exit.js'
import type { ExitCode } from './exit.js'
import { drawFigures } from './figures/index.js'
import type { Io } from './io.js'
import { showProgress } from './progress.js'
import { showResult } from './result.js'
import type { Result } from './result.js'

/** How a command shows itself. */
export type Display = { readonly json: boolean; readonly quiet: boolean }

/** A run about to begin or to go on. */
export type Training = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly run: RunFolder
  readonly resume: Snapshot | null
  readonly display: Display
  readonly io: Io
}

/** JSON has no NaN and no Infinity: null stands for them. */
export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The same on every machine, so that a resumed run leaves the lines that the uninterrupted one leaves. */
const everyOf = (steps: number): number => Math.max(1, Math.min(100, Math.round(steps / 400)))

/** Trains to the end of the run, measures it on the test points, draws it and shows the result. */
export async function runTraining(training: Training): Promise<ExitCode> {
  const { config, parts, backend, run, display, io } = training
  const { problem, network } = parts
  const ended = await trainToEnd(training)
  if (ended === null) {
    io.err(`Interrupted. The checkpoint is kept; go on with: spikeward resume ${run.path}\n`)
    return exitCodes.failed
  }
  // Before the test points are laid out: the peak is that of training.
  const { peakBytes } = backend.stats()
  const points = problem.points('test')
  const { prediction, relativeL2 } = await evaluate(network, ended.variables, points)
  const result: Result = {
    run: run.path,
    problem: config.problem,
    estimator: config.estimator,
    backend: config.backend,
    relativeL2: finiteOrNull(relativeL2),
    relativeL2Pooled: finiteOrNull(relativeL2),
    baselineRidge: finiteOrNull(await ridgeBaseline(parts, config.key, backend)),
    steps: ended.step,
    seconds: ended.seconds,
    forwardEquivalents: ended.forwardEquivalents,
    peakBytes,
  }
  const title = `${config.problem} by ${config.estimator}: relative L2 ${relativeL2.toFixed(4)}`
  const figures = await drawFigures(run.path, title, problem, points, prediction, await run.metrics())
  await run.saveSummary({ ...result, figures })
  showResult(io, result, { json: display.json, figures })
  return exitCodes.done
}

/** Reads events until the run is over; null where it was interrupted. */
async function trainToEnd({ config, parts, backend, run, resume, display, io }: Training): Promise<EndEvent | null> {
  const abort = new AbortController()
  const stopListening = io.onInterrupt(() => abort.abort())
  const progress = showProgress(io, config.steps, resume?.step ?? 0, display.quiet)
  const { network, problem, estimator, optimizer, interludes } = parts
  const validateEvery = Math.max(1, Math.round(config.steps / 20))
  try {
    const events = fit({
      network,
      problem,
      estimator,
      optimizer,
      interludes,
      backend,
      batch: config.batch,
      key: config.key,
      steps: config.steps,
      every: everyOf(config.steps),
      validateEvery,
      checkpointEvery: config.checkpointEvery,
      signal: abort.signal,
      ...(resume === null ? {} : { resume }),
    })
    for await (const event of record(run, events)) {
      if (event.type === 'metrics') progress.update(event.step, event.loss, event.stepsPerSecond)
      if (event.type === 'end') return event.reason === 'aborted' ? null : event
    }
    return null
  } finally {
    progress.stop()
    stopListening()
  }
}
