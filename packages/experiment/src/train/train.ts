/** The whole way from settings to a trained run, in a program or a page. */
import { type Backend, SpikewardError } from '@spikeward/core'
import { type EndEvent, type FitEvent, type Snapshot, snapshotOf } from '@spikeward/train'
import { folders } from '#folders'
import type { BuildHow, Experiment, OwnParts } from '../assembly/experiment.js'
import { type BaselineChoice, withBaselines } from '../baselines/baselines.js'
import { runBaselines } from '../baselines/runBaselines.js'
import { AUTO } from '../catalogue/make.js'
import { configOf } from '../config/configOf.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import { silentIo } from '../io/io.js'
import { type Parts, buildParts, trainingEvents } from '../run/buildParts.js'
import { concludeRun } from '../run/concludeRun.js'
import { type Source, optionsFrom, startFrom } from '../run/startFrom.js'
import { storedComponents } from '../assembly/network/rebuildNetwork.js'
import { openFor } from '../run/openFor.js'
import { planSteps, stopwatch } from '../run/time/pace.js'
import { chooseByTrial, hasTrial } from '../trial/chooseByTrial.js'
import type { TriedSetting } from '../run/advice.js'
import { asUsage } from '../usage/usageError.js'
import { type Windowing, problemOfArrays } from './dataArrays.js'
import { type TrainedRun, trainedRun } from './trainedRun.js'
import { type TrainSettings, checkNames } from './trainSettings.js'

/** The settings are complete, the parts are made and the backend is open. */
export type BeginEvent = {
  readonly type: 'begin'
  readonly config: TrainConfig
  /** Points or functions of each split. */
  readonly counts: Experiment['counts']
  readonly parameters: number
}

/** The run is trained and measured. */
export type TrainedEvent = { readonly type: 'trained'; readonly run: TrainedRun }

/** The events of a run, in order: one `begin`, those of `fit` but its end, one `trained`. */
export type TrainEvent = BeginEvent | Exclude<FitEvent, EndEvent> | TrainedEvent

const definedOf = (settings: { readonly [K in keyof Windowing]: Windowing[K] | undefined }): Windowing =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))

async function readSettings(settings: TrainSettings): Promise<{
  readonly problem: string
  readonly own: OwnParts
  readonly options: TrainOptions
  readonly source: Source | null
}> {
  checkNames(settings)
  const {
    problem: choice,
    data,
    estimator,
    optimizer,
    network,
    options: declared,
    from,
    signal: _,
    onNote: _n,
    ...common
  } = settings
  const { horizon, delays, window, warmUp, hold } = common
  const windowing = definedOf({ horizon, delays, window, warmUp, hold })
  const problem = typeof data === 'object' ? await problemOfArrays(data, common.dataKey ?? 0, windowing) : choice!
  const own: OwnParts = {
    ...(typeof problem === 'string' ? {} : { problem }),
    ...(typeof estimator === 'object' ? { estimator } : {}),
    ...(typeof optimizer === 'object' ? { optimizer } : {}),
    ...(typeof network === 'object' ? { network } : {}),
  }
  const options: TrainOptions = {
    key: 0,
    backend: AUTO,
    ...(Object.fromEntries(Object.entries(common).filter(([, value]) => value !== undefined)) as object),
    ...(typeof data === 'string' ? { data } : {}),
    ...(typeof estimator === 'string' ? { estimator } : {}),
    ...(typeof optimizer === 'string' ? { optimizer } : {}),
    ...(typeof network === 'string' ? { network } : {}),
    ...(declared === undefined ? {} : { declared }),
    ...(typeof from === 'string' ? { from } : {}),
    json: false,
    quiet: true,
    force: false,
  }
  const source = await sourceOf(from)
  const whole = source === null ? options : optionsFrom(source, options)
  return { problem: typeof problem === 'string' ? problem : problem.name, own, options: whole, source }
}

async function sourceOf(from: TrainSettings['from']): Promise<Source | null> {
  if (from === undefined) return null
  if (typeof from === 'string') return folders.source(from)
  const { config, snapshot, variables } = from
  // The variables that the run reported may be those of an earlier step, or have solved readouts.
  return {
    name: 'the run',
    config,
    snapshot: variables === undefined ? snapshot : await snapshotOf(variables, snapshot),
  }
}

type Ready = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly own: OwnParts
  readonly trials: readonly TriedSetting[]
  /** The state that it starts from; null: a random one. */
  readonly resume: Snapshot | null
}

async function prepare(settings: TrainSettings): Promise<Ready> {
  const { problem, own, options, source } = await readSettings(settings)
  const { onNote = () => undefined, signal } = settings
  const io: BuildHow['io'] = { ...silentIo, err: (text) => onNote(text.trimEnd()) }
  const stored = source === null ? {} : { components: storedComponents(source.snapshot) }
  const how: BuildHow = { io, quiet: settings.onNote === undefined, own, ...stored }
  const again: BuildHow = { ...silent, own, ...stored }
  const resolved = await asUsage(() => configOf(problem, options, io, null, own.problem))
  signal?.throwIfAborted()
  const first = await buildParts(resolved, how)
  signal?.throwIfAborted()
  const { config: onBackend, backend } = await asUsage(() => openFor(resolved, first, how))
  try {
    signal?.throwIfAborted()
    const shared = { ...options, backend: onBackend.backend }
    const { config: chosen, trials } =
      options.trial !== false && source === null && hasTrial(resolved)
        ? await chooseByTrial(problem, shared, onBackend, first, again, backend, onNote)
        : { config: onBackend, trials: [] }
    const parts = chosen === onBackend ? first : await buildParts(chosen, again, { config: onBackend, parts: first })
    const planned = await planSteps({ config: chosen, parts }, backend, again, options.checkpointEvery)
    const resume = source === null ? null : await startFrom(source, planned.config, planned.parts, backend)
    return { ...planned, backend, own, trials, resume }
  } catch (error) {
    await closed(backend)
    throw error
  }
}

const closed = async (backend: Backend): Promise<void> =>
  Promise.resolve(backend[Symbol.asyncDispose]()).catch(() => undefined)

const silent: BuildHow = { io: silentIo, quiet: true }

const refuseToSave = (): Promise<never> =>
  Promise.reject(
    new SpikewardError(
      'RUN_NOT_NAMED',
      'the run has parts or data of this program, which a folder cannot name; put them in files and name those, such as ./parts.js#problem, or keep run.snapshot',
    ),
  )

async function conclude(
  ready: Ready,
  ended: EndEvent,
  events: readonly FitEvent[],
  baselines: BaselineChoice,
): Promise<TrainedRun> {
  const { config, parts, backend, own, trials } = ready
  const isOwn = Object.keys(own).length > 0
  // A network of the program's own has no dense form by a name.
  const known = own.network !== undefined && baselines === 'all' ? 'classical' : baselines
  const how = own.problem === undefined ? silent : { ...silent, own: { problem: own.problem } }
  const best = config.patience === null ? null : (events.findLast((event) => event.type === 'best')?.snapshot ?? null)
  const concluded = await concludeRun({ config, parts, backend, ended, best, times: stopwatch() })
  const { variables, solved, result: measured } = concluded
  const facts = await runBaselines(known, { ...config, steps: ended.step }, parts.experiment, backend, how)
  const result = {
    ...measured,
    ...withBaselines(measured.baselines.untrained, facts),
    ...(own.estimator === undefined ? {} : { estimator: own.estimator.name }),
    ...(trials.length === 0 ? {} : { trials }),
  }
  return trainedRun({
    ...ready,
    variables,
    snapshot: ended.snapshot,
    result,
    save: isOwn ? refuseToSave : (folder) => folders.save(folder, { config, events, solved, result }),
  })
}

/**
 * Trains, and yields the events of the run: `begin`, then metrics, validations and checkpoints, last `trained` with the
 * run. Leaving the loop ends the training and frees everything.
 *
 * @example
 * for await (const event of train.steps({ problem: 'burgers' })) if (event.type === 'metrics') console.log(event.step, event.loss)
 * @throws the reason of `signal` after it is aborted; CLI_UNKNOWN_NAME and other usage errors; NON_FINITE_LOSS
 */
export async function* trainSteps(settings: TrainSettings): AsyncGenerator<TrainEvent, void, undefined> {
  const { signal } = settings
  signal?.throwIfAborted()
  const ready = await prepare(settings)
  const { config, parts, backend } = ready
  let run: TrainedRun | null = null
  const { events, stop } = trainingEvents({ ...ready, communicator: null, check: settings.check })
  signal?.addEventListener('abort', stop, { once: true })
  try {
    yield { type: 'begin', config, counts: parts.experiment.counts, parameters: parts.experiment.size.parameters }
    const stored: FitEvent[] = []
    for await (const event of events) {
      if (event.type === 'end') {
        signal?.throwIfAborted()
        run = await conclude(ready, event, stored, settings.baselines ?? 'classical')
        continue
      }
      keep(stored, event)
      yield event
    }
    if (run !== null) yield { type: 'trained', run }
  } finally {
    signal?.removeEventListener('abort', stop)
    if (run === null) await closed(backend)
  }
}

function keep(stored: FitEvent[], event: FitEvent): void {
  if (event.type === 'checkpoint' || event.type === 'best') {
    const old = stored.findIndex(({ type }) => type === event.type)
    if (old >= 0) stored.splice(old, 1)
  }
  stored.push(event)
}

/** Trains, and returns the trained run. `train.steps` yields the events on the way. */
export const train = /* @__PURE__ */ Object.assign(
  async (settings: TrainSettings): Promise<TrainedRun> => {
    for await (const event of trainSteps(settings)) if (event.type === 'trained') return event.run
    throw new SpikewardError('INTERNAL', 'a run ended without a result; this is a bug in Spikeward')
  },
  { steps: trainSteps },
)

/**
 * Opens the run in a folder, which the command or `run.save` wrote, at the variables that it reported.
 *
 * @throws RUN_FOLDER_INVALID, RUN_FOLDER_NEWER, CHECKPOINT_MISMATCH; NEEDS_NODE in a page
 */
export const load = (folder: string): Promise<TrainedRun> => folders.load(folder)
