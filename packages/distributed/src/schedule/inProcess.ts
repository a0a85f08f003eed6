import { type Job, type Scheduler, checkJobs, SpikewardError } from '@spikeward/core'

/**
 * Runs all jobs in this process. After a failure no further job starts; the run rejects when those in progress have
 * ended.
 *
 * @param options.atOnce jobs in progress at the same time; default 1, so that the times of jobs are comparable
 * @throws INVALID_OPTION, INVALID_ARGUMENT
 * @example
 * await inProcess({ atOnce: 2 }).run([{ id: 'a', run: async () => 1 }, { id: 'b', run: async () => 2 }]) // [1, 2]
 */
export function inProcess(options: { readonly atOnce?: number } = {}): Scheduler {
  const { atOnce = 1 } = options
  checkAtOnce('inProcess', atOnce)
  const gate = openGate(atOnce)
  return {
    name: 'in process',
    run: (jobs, signal) => runAll(jobs, (job) => gate(() => job.run()), signal),
    close: () => Promise.resolve(),
  }
}

/** @throws INVALID_OPTION */
export function checkAtOnce(what: string, atOnce: number): void {
  if ((Number.isInteger(atOnce) || atOnce === Infinity) && atOnce >= 1) return
  throw new SpikewardError('INVALID_OPTION', `${what}: ${atOnce} jobs at once; give a whole number of at least 1`)
}

/** Lets at most `atOnce` calls be in progress; the others wait in order. */
export function openGate(atOnce: number): <R>(call: () => Promise<R>) => Promise<R> {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async (call) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await call()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

/**
 * Passes every job to `start`, which limits how many are in progress. After a failure or an abort no further job
 * starts, and the run rejects when those in progress have ended.
 */
export async function runAll<R>(
  jobs: readonly Job<R>[],
  start: (job: Job<R>) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  checkJobs(jobs)
  signal?.throwIfAborted()
  const failures: unknown[] = []
  const skipped = (): boolean => failures.length > 0 || signal?.aborted === true
  const guarded = (job: Job<R>): Job<R> => ({
    ...job,
    async run() {
      if (skipped()) throw new Skipped()
      try {
        return await job.run()
      } catch (error) {
        failures.push(error)
        throw error
      }
    },
  })
  const results = await Promise.allSettled(jobs.map((job) => start(guarded(job))))
  if (failures.length > 0) throw failures[0]
  signal?.throwIfAborted()
  return results.map((result) => (result as PromiseFulfilledResult<R>).value)
}

/** Marks a job that did not begin because another had failed. */
class Skipped extends Error {}
