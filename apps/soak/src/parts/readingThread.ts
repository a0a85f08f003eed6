import type { Worker } from 'node:worker_threads'
import type { Reading, Request } from '../files/messages.js'
import { processorSeconds } from '../processorSeconds.js'

/** A thread that reads files by number, and the number that it is reading. */
export type Reader = { readonly worker: Worker; readonly where: Int32Array }

/** A thread that is replaced when it is lost or spent. */
type ReadingThread = {
  /** The reading; or the number of the file on which the thread ended or stalled, and with which its reading is lost. */
  ask(request: Request): Promise<Reading | number>
  restart(): Promise<void>
  close(): Promise<void>
}

/** How much longer a thread may wait than work, on a machine that runs many processes. */
const WAITING = 20

/** The most files of one request: those that a lost thread has read already are read again. */
const TOGETHER = 10

/**
 * A thread that counts as stalled when it worked for `stalledAt` seconds on the file of a number, or waited 20 times as long.
 * This process does little else, so its processor time is that of the thread.
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
 * Reads the files of all numbers from `from` to `end`: each is part of one reading, or is lost. A thread that is lost takes
 * with it what it had read of its request, so that its successor reads those files again. It may be lost on another one of them.
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
