/** `train` of a page: it starts a Worker for each run, so that the page stays responsive. */
import { SpikewardError } from '@spikeward/core'
import { type PredictOptions, type Prediction, valuesAtSensors } from '@spikeward/experiment'
import type { FigureSpec } from '@spikeward/plots'
import type { Snapshot } from '@spikeward/train'
import type { Answer, Next, Request, RunFacts } from './messages.js'
import type { Train, TrainEvent, TrainSettings, TrainedRun } from './trainedRun.js'

/** A Worker and its open requests. */
type Remote = {
  /** @throws DataCloneError at once if the request holds functions */
  call<T extends Next | Prediction | FigureSpec | null>(request: Request): Promise<T>
  /** Ends the Worker; open requests fail with the reason. */
  end(reason: unknown): void
}

type Open = { readonly resolve: (value: never) => void; readonly reject: (reason: unknown) => void }

function remoteOf(worker: Worker, onNote: (line: string) => void): Remote {
  const open: Open[] = []
  let ended: { readonly reason: unknown } | null = null
  const end = (reason: unknown): void => {
    ended ??= { reason }
    worker.terminate()
    for (const { reject } of open.splice(0)) reject(reason)
  }
  worker.onmessage = ({ data }: { readonly data: Answer }) => {
    if (data.type === 'note') onNote(data.line)
    else if (data.type === 'value') open.shift()?.resolve(data.value as never)
    else
      open.shift()?.reject(data.code === null ? new Error(data.message) : new SpikewardError(data.code, data.message))
  }
  worker.onerror = ({ message }) =>
    end(
      new SpikewardError(
        'WORKER_FAILED',
        `the Worker of the training ended: ${message}; check that the page may load its script`,
      ),
    )
  return {
    call: (request) => {
      if (ended === null) worker.postMessage(request)
      return new Promise((resolve, reject) => {
        open.push({ resolve, reject })
        if (ended !== null) end(ended.reason)
      })
    },
    end,
  }
}

/** A Worker; null if its script has another origin than the page, which no browser starts. */
function startWorker(): Worker | null {
  try {
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'spikeward' })
  } catch {
    return null
  }
}

/** Where runs that start from a run of this page begin. */
const reportedBy = new WeakMap<object, Snapshot>()

/**
 * The settings for a Worker: of a run to start from, which has functions, its settings and variables. A run that was
 * trained on this thread stays as it is, and no Worker takes it.
 */
function sendable(settings: TrainSettings): TrainSettings {
  const { from } = settings
  if (typeof from !== 'object' || from.variables !== undefined) return settings
  return { ...settings, from: { config: from.config, snapshot: reportedBy.get(from) ?? from.snapshot } }
}

function runOf({ sensors, atResult, ...facts }: RunFacts, remote: Remote): TrainedRun {
  const run: TrainedRun = {
    ...facts,
    predict: async ({ input, ...where }: PredictOptions) => {
      const sent = input === undefined || sensors === null ? input : valuesAtSensors(input, sensors)
      return remote.call<Prediction>({
        type: 'predict',
        options: sent === undefined ? where : { ...where, input: sent },
      })
    },
    figure: async () => remote.call<FigureSpec | null>({ type: 'figure' }),
    save: async () => {
      throw new SpikewardError('NEEDS_NODE', 'a page has no folders; keep run.snapshot, or train in Node')
    },
    [Symbol.asyncDispose]: async () =>
      remote.end(new SpikewardError('RUN_DISPOSED', 'the run is disposed of; predict before its scope ends')),
  }
  reportedBy.set(run, atResult)
  return run
}

/** Trains on the page's own thread. */
async function* stepsHere(settings: TrainSettings, why: string): AsyncGenerator<TrainEvent, void, undefined> {
  settings.onNote?.(`${why}; the training runs on the page's own thread`)
  const { train: trainHere } = await import('@spikeward/experiment')
  yield* trainHere.steps(settings)
}

async function* steps(settings: TrainSettings): AsyncGenerator<TrainEvent, void, undefined> {
  const { signal, onNote = () => undefined, ...sent } = settings
  signal?.throwIfAborted()
  const worker = startWorker()
  if (worker === null)
    return yield* stepsHere(settings, 'the package comes from another origin, from which no Worker starts')
  const remote = remoteOf(worker, onNote)
  let first: Promise<Next | null>
  try {
    first = remote.call<Next | null>({ type: 'begin', settings: sendable(sent) })
  } catch {
    remote.end(null)
    return yield* stepsHere(settings, 'the settings hold functions, which no Worker receives')
  }
  const abort = (): void => remote.end(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  let isKept = false
  try {
    for (let event = await first; event !== null; event = await remote.call<Next | null>({ type: 'next' })) {
      if (event.type !== 'trained') yield event
      else {
        isKept = true
        yield { type: 'trained', run: runOf(event.facts, remote) }
        return
      }
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    if (!isKept) remote.end(null)
  }
}

/** See `train` of the package. */
export const train: Train = /* @__PURE__ */ Object.assign(
  async (settings: TrainSettings): Promise<TrainedRun> => {
    for await (const event of steps(settings)) if (event.type === 'trained') return event.run
    throw new SpikewardError('INTERNAL', 'a run ended without a result; this is a bug in Spikeward')
  },
  { steps },
)
