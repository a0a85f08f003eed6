/** Runs an experiment in a run folder: shared by `train` and `resume`. */
import { join } from 'node:path'
import { type Backend, type Communicator, SpikewardError, firstError } from '@spikeward/core'
import type { EndEvent, FitEvent, Snapshot } from '@spikeward/train'
import { logTensorboard, openTensorboardFile, record } from '@spikeward/train/node'
import type { RunFolder, Scalars, TensorboardFile } from '@spikeward/train/node'
import { lineOf, ratesOf, runDiagnosis } from '../../run/diagnosis/runDiagnosis.js'
import type { OpenWatch, RunDiagnosis, RunWatch } from '../../run/diagnosis/runDiagnosis.js'
import { type BaselineChoice, withBaselines } from '../../baselines/baselines.js'
import { baselinesInFolder } from './baselinesInFolder.js'
import { type Parts, buildParts, trainingEvents } from '../../run/buildParts.js'
import { type Mark, type Stopwatch, replanned, stopwatch } from '../../run/time/pace.js'
import { concludeRun } from '../../run/concludeRun.js'
import { type TrainConfig, toFolder } from '../../config/trainConfig.js'
import { type ExitCode, exitCodes, messageOf } from '../../usage/usageError.js'
import { drawFigures } from '../figures/drawFigures.js'
import { titleOf } from '../../figures/resultSpecs.js'
import type { Io } from '../../io/io.js'
import type { TriedSetting } from '../../run/advice.js'
import { type Result, showResult } from '../../run/result.js'
import { writeError } from '@spikeward/core/node'

/** How a command reports. */
export type Display = {
  readonly json: boolean
  readonly quiet: boolean
  readonly figures: boolean
}

export type Training = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly run: RunFolder
  readonly resume: Snapshot | null
  /** The ranks that take the steps together; null: this process alone. */
  readonly communicator: Communicator | null
  readonly baselines: BaselineChoice
  /** The settings that a trial compared before the run. Default: none. */
  readonly trials?: readonly TriedSetting[]
  readonly check?: number | undefined
  readonly display: Display
  readonly times?: Stopwatch
  readonly log?: 'tensorboard' | undefined
  /** Opens a live page of the run; absent: none. */
  readonly watch?: OpenWatch | undefined
  readonly io: Io
}

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
  const { config, parts, backend, run, display, io, times = stopwatch(), trials = [] } = training
  const { experiment } = parts
  // The page shows every checkpoint.
  const watch = training.watch === undefined ? null : await training.watch(config, experiment)
  const diagnosis = await runDiagnosis(parts, config.key, backend, watch === null ? undefined : 1)
  if (watch !== null) io.err(`watch: ${watch.url}\n`)
  let ended: EndEvent | null
  const began = performance.now()
  try {
    ended = await trainToEnd(training, diagnosis, watch)
  } finally {
    await watch?.end('The run ended; see its folder.')
  }
  if (ended === null) {
    io.err(`Interrupted. The checkpoint is stored; continue with: spikeward resume ${run.path}\n`)
    return exitCodes.failed
  }
  const trained = ended.seconds - (training.resume?.seconds ?? 0)
  times.add('validation and checkpoints', Math.max(0, (performance.now() - began) / 1000 - trained))
  const best = config.patience === null ? null : await run.best()
  const concluded = await concludeRun({ config, parts, backend, ended, best, times })
  const { variables, untrained, measured, solved, result: of } = concluded
  if (solved !== null) await run.saveSolved(solved)
  const facts = await times.time('baselines', () =>
    baselinesInFolder(run.path, training.baselines, config, ended.step, experiment, backend, io),
  )
  const tried = trials.length === 0 ? {} : { trials }
  const result: Result = { run: run.path, ...of, ...withBaselines(of.baselines.untrained, facts), ...tried }
  const title = titleOf(experiment, config, measured)
  const figures = display.figures
    ? await times.time('figures', async () =>
        drawFigures(run.path, { title }, experiment, measured, result.baselines.untrained, await run.metrics()),
      )
    : []
  const outcome = { error: result.relativeL2, baseline: result.baselines.untrained }
  const state = await times.time('diagnosis', () => diagnosis.end(variables, ended.step, outcome, untrained))
  diagnosis.dispose()
  await run.saveSummary({ ...result, figures, diagnosis: state, besides: times.read() })
  if (!display.quiet)
    for (const finding of state.findings.filter(diagnosis.isNew)) io.err(`diagnosis: ${lineOf(finding)}\n`)
  showResult(io, result, {
    json: display.json,
    figures,
    operator: experiment.unit === 'functions',
    noBaseline: experiment.noBaseline,
    settings: config,
    stopped: ended.reason === 'patience',
    besides: times.read(),
  })
  return exitCodes.done
}

type Change = { readonly type: 'change'; readonly steps: number; readonly snapshot: Snapshot }

/**
 * Trains to the end of the run; null if it was interrupted. A run that was asked to fill a time checks its pace at
 * every checkpoint: if it would miss the time, it continues from that checkpoint with another number of steps, which
 * becomes the setting of the run.
 */
async function trainToEnd(
  training: Training,
  diagnosis: RunDiagnosis,
  watch: RunWatch | null,
): Promise<EndEvent | null> {
  const { log, run, resume } = training
  // One file for the whole run, however often its plan changes.
  await using events =
    log === 'tensorboard'
      ? await openTensorboardFile(join(run.path, 'tensorboard'), resume === null ? {} : { after: resume.step })
      : null
  let now = training
  for (;;) {
    const outcome = await trainAsPlanned(now, diagnosis, watch, events)
    if (outcome?.type !== 'change') return outcome
    const config = { ...now.config, steps: outcome.steps }
    await now.run.saveConfig(toFolder(config))
    const parts = await buildParts(config, { io: now.io, quiet: true }, now)
    now = { ...now, config, parts, resume: outcome.snapshot }
  }
}

async function* noticed(
  events: AsyncIterable<FitEvent>,
  notice: (event: FitEvent) => Promise<unknown>,
): AsyncGenerator<FitEvent> {
  for await (const event of events) {
    await notice(event)
    yield event
  }
}

async function trainAsPlanned(
  { config, parts, backend, run, resume, communicator, check, display, io }: Training,
  diagnosis: RunDiagnosis,
  watch: RunWatch | null,
  file: TensorboardFile | null,
): Promise<EndEvent | Change | null> {
  const { events, stop } = trainingEvents({ config, parts, backend, resume, communicator, check })
  const several = communicator !== null && communicator.size > 1
  const stopListening = io.onInterrupt(() => {
    stop()
    // A launcher that ends a job because it lost a rank leaves no time for the message of the end.
    if (several)
      io.err(`\nAsked to stop. If a rank was lost, continue with any number of ranks: spikeward resume ${run.path}\n`)
  })
  const progress = display.quiet ? undefined : io.progress?.(config.steps, resume?.step ?? 0)
  const { steps } = config
  // The ranks of a job would have to change their plans together.
  const seconds = several ? null : config.seconds
  let first: Mark | null = null
  const diagnosed = display.quiet && file === null && watch === null ? () => Promise.resolve(null) : diagnosis.at
  const also = async (event: FitEvent): Promise<Scalars | null> => {
    const state = await diagnosed(event)
    if (!display.quiet) for (const finding of state?.fresh ?? []) io.err(`diagnosis: ${lineOf(finding)}\n`)
    await watch?.show(event, state)
    return state === null ? null : ratesOf(state.activity)
  }
  const observed = (all: AsyncIterable<FitEvent>): AsyncIterable<FitEvent> =>
    file === null ? noticed(all, also) : logTensorboard(file, all, { also })
  try {
    for await (const event of observed(record(run, events))) {
      if (event.type === 'metrics') {
        // The pace counts from here: the first step compiles.
        first ??= { step: event.step, seconds: event.seconds }
        progress?.update(event.step, event.loss, event.stepsPerSecond)
      }
      if (event.type === 'end') return event.reason === 'aborted' ? null : event
      if (event.type === 'checkpoint' && seconds !== null && first !== null) {
        const changed = replanned(first, event.snapshot, { steps, seconds })
        if (changed !== null) return { type: 'change', steps: changed, snapshot: event.snapshot }
      }
    }
    return null
  } finally {
    progress?.stop()
    stopListening()
  }
}

const isFull = (path: string, error: unknown): boolean => {
  const known = writeError(path, error)
  return known instanceof SpikewardError && known.code === 'DISK_FULL'
}

const systemCode = (error: unknown): string | null => {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown }
  return typeof code === 'string' && typeof syscall === 'string' ? code : null
}

async function remains(run: RunFolder, remedy = 'free some space'): Promise<string> {
  const step = await run.checkpoint().then(
    (snapshot) => snapshot?.step ?? null,
    () => null,
  )
  return step === null
    ? `no checkpoint was written yet; ${remedy}, then start again with: spikeward resume ${run.path}`
    : `the last good checkpoint is of step ${step}, in ${run.path}/checkpoint.safetensors; ${remedy}, then: spikeward resume ${run.path}`
}

/** An error of training, measuring or drawing, extended with its remedies. */
export async function explainFailure(thrown: unknown, run: RunFolder, rate: number): Promise<unknown> {
  const cause = firstError(thrown)
  const error = cause instanceof SpikewardError && cause.code === 'FILE_UNWRITABLE' ? cause.cause : cause
  const system = systemCode(error)
  if (system !== null) {
    const { message, path = 'the folder' } = error as NodeJS.ErrnoException
    const remedy = system === 'EEXIST' ? `remove or rename ${path}` : `make ${path} writable`
    const [code, text] = isFull(run.path, error)
      ? (['DISK_FULL', `${run.path} is on a full disk (${system}); ${await remains(run)}`] as const)
      : (['RUN_UNWRITABLE', `${run.path} cannot be written: ${message}; ${await remains(run, remedy)}`] as const)
    return new SpikewardError(code, text, { cause: error })
  }
  if (!(error instanceof SpikewardError)) return error
  const what = messageOf(error)
  const again = (): string => `${what}; here, with any number of ranks: spikeward resume ${run.path}`
  const explained: Readonly<Record<string, () => string | Promise<string>>> = {
    DISK_FULL: async () => `${what}; ${await remains(run)}`,
    CHECKPOINT_MISMATCH: () => `${run.path}/checkpoint.safetensors: ${what}`,
    RANK_TIMEOUT: again,
    MPI_FAILED: again,
    NON_FINITE_LOSS: () =>
      `${what}; here: spikeward resume ${run.path} --learning-rate ${Number((rate / 4).toPrecision(2))} continues from it (from the beginning if none was written yet);` +
      ' if its parameters are already too large, train again with a lower --learning-rate and --force',
  }
  const text = await explained[error.code]?.()
  return text === undefined ? error : new SpikewardError(error.code, text, { cause: error })
}
