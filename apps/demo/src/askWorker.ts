import type { Answer, Fault, Functions, Given, QuestionName, Questions } from './protocol.js'
import type { Settings } from './settings/settings.js'

/** A question that could not be answered. */
export class AskError extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message)
  }
}

type Waiting = { resolve(answer: Questions[QuestionName]['answer']): void; reject(error: unknown): void }

const crashed: Fault = {
  code: 'WORKER_CRASHED',
  message: 'the part of the page that inspects the network has stopped; ask again to restart it',
  contender: null,
}

/** The functions of the operator that the page learns. */
export type AskedFunctions = {
  /** Null if there are none. */
  readonly held: Functions | null
  /** Resolves when those of these settings are held, at once if the settings name no operator; rejects if they will not be. */
  ready(settings: Settings): Promise<void>
}

/**
 * Asks the inspecting worker. A worker that crashed is restarted with the next question.
 *
 * @param ready resolves when it may start: it must not delay the start of the training
 * @param functions those that the training worker draws: a question about their operator waits for them, and this worker draws none
 */
export function makeAskWorker(
  ready: Promise<void>,
  functions: AskedFunctions,
): <N extends QuestionName>(name: N, ask: Questions[N]['ask']) => Promise<Questions[N]['answer']> {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let count = 0
  let sent: Functions | null = null

  const begin = (): Worker => {
    sent = null
    const made = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'look' })
    made.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      const asked = waiting.get(data.id)
      waiting.delete(data.id)
      if (data.answer !== null) asked?.resolve(data.answer)
      else asked?.reject(new AskError(data.fault ?? crashed))
    })
    made.addEventListener('error', () => {
      made.terminate()
      worker = null
      for (const { reject } of waiting.values()) reject(new AskError(crashed))
      waiting.clear()
    })
    return made
  }

  return async (name, ask) => {
    await ready
    if ('settings' in ask) await functions.ready(ask.settings)
    return new Promise((resolve, reject) => {
      worker ??= begin()
      const { held } = functions
      if (held !== sent) {
        sent = held
        worker.postMessage({ functions: held } satisfies Given)
      }
      const id = ++count
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, name, ask })
    })
  }
}
