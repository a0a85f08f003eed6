import type { Answer, Functions } from './protocol.js'
import type { Session } from './session.svelte.js'
import type { Settings } from './settings/settings.js'
import type { Answers } from './worker/later/questions.js'

/** Asks a worker a question by its name. */
export type Ask = <N extends keyof Answers>(name: N, question: Parameters<Answers[N]>[0]) => ReturnType<Answers[N]>

/** The answer of a worker to a question. */
export type AnswerTo<N extends keyof Answers> = Awaited<ReturnType<Answers[N]>>

type Waiting = { resolve(answer: unknown): void; reject(error: Error): void }

/**
 * Opens a worker for questions at the first question. A worker that crashed is restarted at the next one.
 *
 * @param session the run that questions are about. Its first picture comes before the first answer, and a question
 *   about an operator waits for the functions that the run draws: this worker draws none. Absent: questions are about
 *   no run
 */
export function makeAskWorker(session?: Session): { readonly ask: Ask; readonly end: () => void } {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | null = null
  let count = 0
  let sent: Functions | null = null

  const end = (): void => {
    worker?.terminate()
    worker = sent = null
    const stopped = 'the part of the page that inspects the network has stopped; ask again to restart it'
    for (const { reject } of waiting.values()) reject(new Error(stopped))
    waiting.clear()
  }
  const begin = (): Worker => {
    const worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'look' })
    worker.addEventListener('message', ({ data: { id, answer, fault } }: MessageEvent<Answer>) => {
      const one = waiting.get(id)
      waiting.delete(id)
      if (fault === undefined) one?.resolve(answer)
      else one?.reject(new Error(fault.message))
    })
    worker.addEventListener('error', end)
    return worker
  }
  const post = (name: keyof Answers, question: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker ??= begin()
      waiting.set(++count, { resolve, reject })
      worker.postMessage({ id: count, name, question })
    })

  return {
    end,
    // The name of a question gives the type of its answer.
    ask: (async (name: keyof Answers, question: object) => {
      await session?.moved
      if (session !== undefined) {
        if ('settings' in question) await session.functions.ready(question.settings as Settings)
        const functions = session.functions.held()
        if (functions !== sent) post('take', functions).catch(() => undefined)
        sent = functions
      }
      return post(name, question)
    }) as Ask,
  }
}
