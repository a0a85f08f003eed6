/** Runs an experiment in a run folder: shared by `train` and `resume`. */
import type { Backend } from '@spikeward/core'
import { fit, restoreVariables } from '@spikeward/train'
import type { EndEvent, Snapshot } from '@spikeward/train'
import { record } from '@spikeward/train/node'
import type { RunFolder } from '@spikeward/train/node'
import { explainFailure } from './explainFailure.js'
import { noBaseline, ridgeBaseline } from './ridgeBaseline.js'
import type { Parts } from './build.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { exitCodes } from '../usage/exitCodes.js'
import type { ExitCode } from '../usage/exitCodes.js'
import { drawFigures } from '../figures/drawFigures.js'
import type { Io } from '../io/io.js'
import { showProgress } from '../io/showProgress.js'
import { showResult } from './result.js'
import type { Result } from './result.js'

/** How a command reports. */
export type Display = { readonly json: boolean; readonly quiet: boolean; readonly figures: boolean }

/** A run about to begin or to continue. */
export type Training = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly run: RunFolder
  readonly resume: Snapshot | null
  readonly display: Display
  readonly io: Io
}

/** JSON has neither NaN nor Infinity, so null replaces them. */
export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The same on every machine, so that a resumed run writes the same lines as an uninterrupted one. */
const everyOf = (steps: number): number => Math.max(1, Math.min(100, Math.round(steps / 400)))

/**
 * Trains to the end of the run, measures it on the test split, draws it and shows the result.
 *
 * @throws DISK_FULL, NON_FINITE_LOSS, CHECKPOINT_MISMATCH; each with the command that continues the run
 */
export async function runTraining(training: Training): Promise<ExitCode> {
  try {
    return await trainAndShow(training)
  } catch (error) {
    throw await explainFailure(error, training.run, training.config.learningRate)
  }
}

async function trainAndShow(training: Training): Promise<ExitCode> {
  const { config, parts, backend, run, display, io } = training
  const { experiment } = parts
  const ended = await trainToEnd(training)
  if (ended === null) {
    io.err(`Interrupted. The checkpoint is stored; continue with: spikeward resume ${run.path}\n`)
    return exitCodes.failed
  }
  // Before the test split is allocated: the peak is that of training.
  const { peakBytes } = backend.stats()
  const best = config.patience === null ? null : await run.best()
  const variables = best === null ? ended.variables : await restoreVariables(experiment.task, best, { backend })
  const measured = await experiment.measure(variables, 'test')
  const baseline = await ridgeBaseline(parts, config.key, backend)
  const result: Result = {
    run: run.path,
    problem: config.problem,
    estimator: config.estimator,
    backend: config.backend,
    relativeL2: finiteOrNull(measured.relativeL2),
    relativeL2Pooled: finiteOrNull(measured.relativeL2Pooled),
    baselineRidge: baseline === null ? null : finiteOrNull(baseline),
    steps: ended.step,
    seconds: ended.seconds,
    forwardEquivalents: ended.forwardEquivalents,
    peakBytes,
  }
  const title = `${config.problem} by ${config.estimator}: relative L2 ${measured.relativeL2.toFixed(4)}`
  const figures = display.figures
    ? await drawFigures(run.path, title, experiment, measured, result.baselineRidge, await run.metrics())
    : []
  await run.saveSummary({ ...result, figures })
  showResult(io, result, {
    json: display.json,
    figures,
    operator: experiment.kind === 'operator',
    noBaseline: noBaseline(experiment),
    readoutSolve: config.readoutSolve,
  })
  return exitCodes.done
}

/** Twenty validations per run. With patience they follow solves of the readout, because errors rise between solves. */
function validateEveryOf({ steps, patience, readoutSolve }: TrainConfig): number {
  const every = patience === null || readoutSolve === null || readoutSolve > steps ? 1 : readoutSolve
  return Math.max(1, Math.round(steps / 20 / every)) * every
}

/** Reads events until the run is over; null if it was interrupted. */
async function trainToEnd({ config, parts, backend, run, resume, display, io }: Training): Promise<EndEvent | null> {
  const abort = new AbortController()
  const stopListening = io.onInterrupt(() => abort.abort())
  const progress = showProgress(io, config.steps, resume?.step ?? 0, display.quiet)
  const { experiment, estimator, optimizer } = parts
  const validateEvery = validateEveryOf(config)
  try {
    const events = fit({
      task: experiment.task,
      callbacks: experiment.callbacks,
      estimator,
      optimizer,
      backend,
      key: config.key,
      steps: config.steps,
      every: everyOf(config.steps),
      validateEvery,
      ...(config.patience === null ? {} : { patience: config.patience }),
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
