import type { Worker } from 'node:worker_threads'
import type { Reading, Request } from '../files/messages.js'
import { processorSeconds } from '../processorSeconds.js'

/** A thread that reads files by number, and the number that it is reading. */
export type Reader = { readonly worker: Worker; readonly where: Int32Array }

/** A thread that is replaced when it is lost or spent. */
type ReadingThread = {
  /** The reading; or, if it is lost, the number of the file on which the thread ended or stalled. */
  ask(request: Request): Promise<Reading | number>
  restart(): Promise<void>
  close(): Promise<void>
}

/** The factor by which a thread may wait longer than work, on a machine that runs many processes. */
const WAITING = 20

/** The largest number of files in one request; if its thread is lost, all of them are read again. */
const TOGETHER = 10

/**
 * A thread counts as stalled after it has worked on one file for `stalledAt` seconds, or waited 20 times as long. This
 * process does little else, so its processor time is that of the thread.
 */
export async function readingThread(
  start: () => Promise<Reader>,
  stalledAt: (number: number) => number,
): Promise<ReadingThread> {
  let reader = await start()
  return {
    ask: (request) => answerOf(reader, request, stalledAt),
    async restart() {
      await reader.worker.terminate()
      reader = await start()
    },
    close: async () => void (await reader.worker.terminate()),
  }
}

function answerOf(
  { worker, where }: Reader,
  request: Request,
  stalledAt: (number: number) => number,
): Promise<Reading | number> {
  Atomics.store(where, 0, request.from)
  return new Promise((resolve) => {
    let seen = -1
    let since = performance.now()
    let used = process.cpuUsage()
    const finish = (answer: Reading | number): void => {
      clearInterval(timer)
      worker.off('message', finish).off('error', lose).off('exit', lose)
      resolve(answer)
    }
    const lose = (): void => finish(Atomics.load(where, 0))
    const timer = setInterval(() => {
      const now = Atomics.load(where, 0)
      if (now !== seen) {
        ;[seen, since, used] = [now, performance.now(), process.cpuUsage()]
        return
      }
      const waited = (performance.now() - since) / 1000
      const stalled = stalledAt(now)
      if (waited > stalled && (processorSeconds(used) > stalled || waited > WAITING * stalled)) lose()
    }, 500)
    worker.on('message', finish).on('error', lose).on('exit', lose)
    worker.postMessage(request)
  })
}

/**
 * Reads the files with numbers from `from` to `end`: each belongs to one reading, or is lost. A lost thread also loses
 * the results of its request, so its successor reads those files again, and may be lost on another of them.
 */
export async function readEach(
  thread: ReadingThread,
  { from, end }: { readonly from: number; readonly end: number },
  { reading, lost }: { reading(found: Reading): void; lost(number: number): Promise<void> },
): Promise<void> {
  const gone = new Set<number>()
  let next = from
  while (next < end) {
    if (gone.has(next)) {
      next++
      continue
    }
    const stop = Math.min(end, next + TOGETHER, ...[...gone].filter((number) => number > next))
    const answer = await thread.ask({ from: next, count: stop - next })
    if (typeof answer === 'number') {
      gone.add(answer)
      await lost(answer)
      await thread.restart()
      continue
    }
    reading(answer)
    next = answer.next
    if (answer.spent) await thread.restart()
  }
}
