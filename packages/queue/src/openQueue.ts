import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { type Job, type Scheduler, checkJobs, SpikewardError, workOf } from '@spikeward/core'
import type { Redis } from 'ioredis'
import type { QueueAddress } from './address.js'
import { type ConnectSettings, connect } from './connect.js'
import {
  checkQueueName,
  DEFAULT_NAME,
  jobIdOf,
  KEEP_SECONDS,
  NAMES,
  plain,
  PREFIX,
  resultKey,
  resultOf,
} from './jobData.js'
import type { JobData } from './jobData.js'

/**
 * The result of a promise, or the reason of the signal if it aborts first: the promise may wait for a server that is
 * away.
 */
export async function unlessAborted<R>(pending: Promise<R>, signal?: AbortSignal): Promise<R> {
  if (signal === undefined) return pending
  const heard = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const end = (): void => reject(signal.reason as Error)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true, signal: heard.signal })
  })
  return Promise.race([pending, aborted]).finally(() => heard.abort())
}

/** Options of {@link openQueue}. */
export type QueueSettings = ConnectSettings & {
  /**
   * The name of the queue: its workers have the same name. 1 to 300 characters on one line, no colon. Default `trials`.
   */
  readonly name?: string
  /** Milliseconds between requests for results; default 250. */
  readonly pollMs?: number
  /** Milliseconds between checks that the server still has the pending jobs; default 2000. */
  readonly checkMs?: number
  /**
   * Called once for each persistent condition that a user may want to change: no workers, full memory. Default: no
   * call.
   */
  readonly notify?: (message: string) => void
}

type Pending = { readonly index: number; readonly data: JobData }

/** Results are requested in groups of this size. */
const GROUP = 500

/**
 * Opens a queue on a Valkey or Redis server: a scheduler that gives its jobs to the workers of {@link startWorker} on
 * any machine and waits for their results.
 *
 * The hash of a job's identity is its id in the queue, so a job that waits, runs or has a result is not added again, by
 * this process or another. A result is written once, by the first worker that has it. While it waits, the scheduler
 * adds a job again that the server has lost, for example in a restart without its append-only file.
 *
 * A result on the server that is not JSON ends `run` with QUEUE_RESULT_INVALID.
 *
 * @throws INVALID_OPTION if `connectMs` is out of range; QUEUE_NAME, QUEUE_ADDRESS, QUEUE_UNREACHABLE, QUEUE_REFUSED,
 *   QUEUE_TLS, QUEUE_EVICTS
 * @example
 * const scheduler = await openQueue({ url: 'redis://localhost' })
 * await scheduler.run([{ id: 'a', work: { task: 'square', input: 3 }, run: async () => 9 }]) // [9], from a worker
 */
export async function openQueue(address: QueueAddress, settings: QueueSettings = {}): Promise<Scheduler> {
  const { name = DEFAULT_NAME, pollMs = 250, checkMs = 2000, notify = () => undefined } = settings
  checkQueueName(name)
  const { redis, warnings } = await connect(address, settings)
  const queue = new Queue<JobData>(name, { connection: redis, prefix: PREFIX })
  queue.on('error', () => undefined)
  await redis.sadd(NAMES, name).catch(() => 0)
  const known = new Set<string>()
  const tell = (message: string): void => {
    if (known.size === known.add(message).size) return
    notify(message)
  }
  warnings.forEach(tell)

  /** Adds jobs that the queue does not have. Repeats until the server takes them. */
  const add = async (jobs: ReadonlyMap<string, Pending>, signal?: AbortSignal): Promise<void> => {
    const options = {
      attempts: 3,
      backoff: { type: 'exponential', delay: 1000 },
      removeOnComplete: { age: KEEP_SECONDS },
      removeOnFail: { age: KEEP_SECONDS },
    }
    const list = [...jobs].map(([jobId, { data }]) => ({ name: data.work.task, data, opts: { ...options, jobId } }))
    for (let from = 0; from < list.length; ) {
      signal?.throwIfAborted()
      try {
        await queue.addBulk(list.slice(from, from + GROUP))
        from += GROUP
      } catch (error) {
        if (!isFull(error)) throw error
        tell('The memory of the queue is full (maxmemory); the command waits until there is room.')
        await sleep(pollMs)
      }
    }
  }

  /** Moves available results from `pending` to `results`. */
  const collect = async <R>(pending: Map<string, Pending>, results: (R | null)[]): Promise<void> => {
    const ids = [...pending.keys()]
    for (let from = 0; from < ids.length; from += GROUP) {
      const group = ids.slice(from, from + GROUP)
      const rows = await redis.mget(group.map((id) => resultKey(name, id)))
      rows.forEach((text, i) => {
        if (text === null) return
        const id = group[i]!
        const { index, data } = pending.get(id)!
        results[index] = resultOf(text, data.label, name) as R
        pending.delete(id)
      })
    }
  }

  /** Adds jobs again that the server has lost; throws the failure of one that failed. */
  const check = async (pending: ReadonlyMap<string, Pending>, signal?: AbortSignal): Promise<void> => {
    const { lost, failed } = await healthOf(redis, queue, [...pending.keys()])
    for (const id of failed) {
      // The server's data of the job may be damaged.
      const job = await queue.getJob(id).catch(() => undefined)
      const { label, work } = pending.get(id)!.data
      throw new SpikewardError(
        'QUEUE_JOB_FAILED',
        `${label} failed on worker ${plain(job?.processedBy ?? 'unknown')}: ${plain(job?.failedReason ?? 'unknown reason')}; run the same command to try it again (task ${work.task})`,
      )
    }
    await add(new Map([...pending].filter(([id]) => lost.includes(id))), signal)
  }

  /** Adds the jobs and waits for their results. */
  const follow = async <R>(jobs: readonly Job<R>[], signal?: AbortSignal): Promise<(R | null)[]> => {
    const pending = new Map(
      jobs.map((job, index) => [jobIdOf(job.id), { index, data: { label: job.label ?? job.id, work: workOf(job) } }]),
    )
    const results: (R | null)[] = jobs.map(() => null)
    await collect(pending, results)
    // A job that failed in an earlier command runs again.
    for (const id of (await healthOf(redis, queue, [...pending.keys()])).failed) await queue.remove(id)
    await add(pending, signal)
    for (let checked = Date.now(); pending.size > 0; ) {
      signal?.throwIfAborted()
      await collect(pending, results)
      if (pending.size === 0) break
      if (Date.now() - checked > checkMs) {
        await check(pending, signal)
        checked = Date.now()
        if ((await queue.getWorkersCount().catch(() => 1)) === 0)
          tell('No worker is connected to the queue; start one on any machine with spikeward worker.')
      }
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted())
    }
    return results
  }

  return {
    name: 'queue',
    async run<R>(jobs: readonly Job<R>[], signal?: AbortSignal): Promise<(R | null)[]> {
      checkJobs(jobs)
      signal?.throwIfAborted()
      // Many runs may share a signal, and Node warns of one with more than ten listeners.
      const own = signal === undefined ? undefined : AbortSignal.any([signal])
      return unlessAborted(follow(jobs, own), own)
    },
    async close() {
      await queue.close()
      redis.disconnect()
    },
  }
}

/** Whether an error says that the server's memory is full. */
export const isFull = (error: unknown): boolean => error instanceof Error && error.message.includes('OOM ')

/** Which of some jobs the server does not have, or has as completed without a result, and which failed. */
async function healthOf(
  redis: Redis,
  queue: Queue,
  ids: readonly string[],
): Promise<{ readonly lost: readonly string[]; readonly failed: readonly string[] }> {
  const [lost, failed]: [string[], string[]] = [[], []]
  if (ids.length === 0) return { lost, failed }
  // The state is queried before the result: a completed job whose result is then absent has lost it.
  const requests = redis.pipeline()
  for (const id of ids) {
    requests.exists(queue.toKey(id))
    requests.zscore(queue.toKey('failed'), id)
    requests.zscore(queue.toKey('completed'), id)
    requests.exists(resultKey(queue.name, id))
  }
  const answers = (await requests.exec()) ?? []
  for (const [i, id] of ids.entries()) {
    const [there, hasFailed, completed, result] = answers.slice(4 * i, 4 * i + 4).map(([error, answer]) => {
      if (error !== null) throw error
      return answer
    })
    if (result === 1) continue
    if (hasFailed !== null) failed.push(id)
    else if (there === 0) lost.push(id)
    else if (completed !== null) {
      await queue.remove(id)
      lost.push(id)
    }
  }
  return { lost, failed }
}
