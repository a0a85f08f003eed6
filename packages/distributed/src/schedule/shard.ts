import { type Job, type Scheduler, checkJobs, SpikewardError } from '@spikeward/core'
import { inProcess } from './inProcess.js'

/**
 * One of n processes that divide jobs without communication, such as the tasks of a Slurm array: job k in the order of
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
    async run<R>(jobs: readonly Job<R>[], signal?: AbortSignal): Promise<(R | null)[]> {
      checkJobs(jobs)
      const order = jobs.map(({ id }) => id).sort()
      const place = new Map(order.map((id, k) => [id, k]))
      const own = jobs.filter(({ id }) => place.get(id)! % of === index - 1)
      const done = await within.run(own, signal)
      const results = new Map(own.map(({ id }, i) => [id, done[i] ?? null]))
      return jobs.map(({ id }) => results.get(id) ?? null)
    },
    close: () => within.close(),
  }
}

/**
 * The index and the number of shards in a text such as `2/8`, as the arguments of `shard`; null if the text has another
 * form.
 *
 * @example parseShard('2/8') // [2, 8]
 */
export function parseShard(text: string): readonly [index: number, of: number] | null {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const [i, n] = [Number(index), Number(of)]
  return i >= 1 && i <= n ? [i, n] : null
}
