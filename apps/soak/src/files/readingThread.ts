/** A thread that reads files by number, and is replaced when a file ends or stalls it, or breaks its library. */
import type { Worker } from 'node:worker_threads'
import { BROKEN } from './format.js'

/** Numbers of files, from `from` to `end` without it. */
export type Numbers = { readonly from: number; readonly end: number }

/** How reading one file ended. */
export type Reading = {
  readonly number: number
  readonly format: string
  readonly ending: string
  /** The fault; null if there is none. */
  readonly what: string | null
  /** The file, of a fault. */
  readonly bytes?: Uint8Array
}

/**
 * Seconds of processor time that this process, with all its threads, has used since `process.cpuUsage()` gave `since`.
 */
export function processorSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

/** The factor by which a thread may wait longer than work, on a machine that runs many processes. */
const WAITING = 20

type ReadingThread = {
  /** Reads files in order: each is given to `reading`, or to `lost` if the thread ended or stalled on it. */
  read(numbers: Numbers, to: { reading(result: Reading): void; lost(number: number): Promise<void> }): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a thread that tells the reading of each file as soon as it ended. It counts as stalled after it has worked on
 * one file for `stalledAt` seconds, or waited 20 times as long: this process does little else, so its processor time is
 * that of the thread.
 */
export async function readingThread(
  start: () => Promise<Worker>,
  stalledAt: (number: number) => number,
): Promise<ReadingThread> {
  let worker = await start()
  return {
    async read({ from, end }, { reading, lost }) {
      for (let next = from; next < end; ) {
        const { reached, isLost } = await attend(worker, { from: next, end }, stalledAt, reading)
        next = reached
        if (isLost) await lost(next++)
        if (next === end && !isLost) return
        await worker.terminate()
        worker = await start()
      }
    },
    close: async () => void (await worker.terminate()),
  }
}

/**
 * Waits until the thread has read all files, is lost on the one that was reached, or has broken its library by the one
 * before.
 */
function attend(
  worker: Worker,
  { from, end }: Numbers,
  stalledAt: (number: number) => number,
  reading: (result: Reading) => void,
): Promise<{ readonly reached: number; readonly isLost: boolean }> {
  return new Promise((resolve) => {
    let [reached, since, used] = [from, performance.now(), process.cpuUsage()]
    const finish = (isLost: boolean): void => {
      clearInterval(timer)
      worker.off('message', hear).off('exit', lose).off('error', ignore)
      resolve({ reached, isLost })
    }
    // All that a thread told arrives before its exit.
    const lose = (): void => finish(true)
    const ignore = (): void => undefined
    const hear = (result: Reading): void => {
      reading(result)
      ;[reached, since, used] = [result.number + 1, performance.now(), process.cpuUsage()]
      if (reached === end || result.ending === BROKEN) finish(false)
    }
    const timer = setInterval(() => {
      const waited = (performance.now() - since) / 1000
      const stalled = stalledAt(reached)
      if (waited > stalled && (processorSeconds(used) > stalled || waited > WAITING * stalled)) lose()
    }, 500)
    worker.on('message', hear).on('exit', lose).on('error', ignore)
    worker.postMessage({ from, end } satisfies Numbers)
  })
}
