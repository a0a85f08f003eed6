import { SpikewardError } from '@spikeward/core'

/** A piece of work that depends on no other. */
export type Job<R> = {
  /** Its identity: text that holds everything its result depends on, or a hash of it. No two jobs of a list share one. */
  readonly id: string
  run(): Promise<R>
}

/** Runs independent jobs of searches and suites. */
export type Scheduler = {
  readonly name: string
  /** The results in the order of the jobs; null for a job that another process runs. */
  run<R>(jobs: readonly Job<R>[]): Promise<(R | null)[]>
}

/** @throws INVALID_ARGUMENT where two jobs have one identity */
function checkIds(jobs: readonly Job<unknown>[]): void {
  const seen = new Set<string>()
  for (const { id } of jobs) {
    if (seen.size === seen.add(id).size)
      throw new SpikewardError('INVALID_ARGUMENT', `two jobs have the identity ${id}; a job runs once: leave one out`)
  }
}

/**
 * Runs all jobs in this process. After a failure no further job begins; it rejects when those in progress have ended.
 *
 * @param options.atOnce jobs in progress at the same time; default 1: their times are comparable
 * @throws INVALID_OPTION, INVALID_ARGUMENT
 * @example
 * await inProcess({ atOnce: 2 }).run([{ id: 'a', run: async () => 1 }, { id: 'b', run: async () => 2 }]) // [1, 2]
 */
export function inProcess(options: { readonly atOnce?: number } = {}): Scheduler {
  const { atOnce = 1 } = options
  if (!Number.isInteger(atOnce) || atOnce < 1) {
    throw new SpikewardError('INVALID_OPTION', `inProcess: ${atOnce} jobs at once; give a whole number of at least 1`)
  }
  return {
    name: 'in process',
    async run<R>(jobs: readonly Job<R>[]): Promise<(R | null)[]> {
      checkIds(jobs)
      const results: (R | null)[] = jobs.map(() => null)
      const queue = jobs.map((job, i) => ({ job, i }))
      const failures: unknown[] = []
      const worker = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = failures.length > 0 ? undefined : queue.shift()) {
          try {
            results[next.i] = await next.job.run()
          } catch (error) {
            failures.push(error)
          }
        }
      }
      await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker))
      if (failures.length > 0) throw failures[0]
      return results
    },
  }
}

/**
 * One of n processes that share jobs out without speaking to each other, such as the tasks of a Slurm array: job k in the order of
 * identities belongs to process k mod n. Every process must have the same list, in any order.
 *
 * @param index this process, 1 … of
 * @param of n
 * @param within runs the jobs of this process; default {@link inProcess}
 * @throws INVALID_OPTION, INVALID_ARGUMENT
 */
export function shard(index: number, of: number, within: Scheduler = inProcess()): Scheduler {
  if (!Number.isInteger(of) || !Number.isInteger(index) || of < 1 || index < 1 || index > of) {
    throw new SpikewardError('INVALID_OPTION', `shard ${index} of ${of}; give whole numbers with 1 ≤ index ≤ of`)
  }
  return {
    name: `shard ${index}/${of}`,
    async run<R>(jobs: readonly Job<R>[]): Promise<(R | null)[]> {
      checkIds(jobs)
      const order = jobs.map(({ id }) => id).sort()
      const place = new Map(order.map((id, k) => [id, k]))
      const own = jobs.filter(({ id }) => place.get(id)! % of === index - 1)
      const done = await within.run(own)
      const results = new Map(own.map(({ id }, i) => [id, done[i] ?? null]))
      return jobs.map(({ id }) => results.get(id) ?? null)
    },
  }
}
