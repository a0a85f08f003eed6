import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnrecoverableError, WaitingError, Worker } from 'bullmq'
import { type Work, SpikewardError, firstError } from '@spikeward/core'
import type { QueueAddress } from './address.js'
import { type ConnectSettings, connect } from './connect.js'
import {
  checkQueueName,
  DEFAULT_NAME,
  jobDataOf,
  KEEP_SECONDS,
  labelOf,
  NAMES,
  plain,
  PREFIX,
  resultKey,
} from './jobData.js'
import type { JobData } from './jobData.js'
import { isFull } from './openQueue.js'
import type { Redis } from 'ioredis'

/** Milliseconds between two questions. */
const PAUSE_MS = 200

/**
 * Waits until a promise settles, as long as the server answers. If an answer takes longer than `awayMs`, it
 * disconnects: then all commands that wait for the server fail, and the promise can settle.
 */
async function whileItAnswers(redis: Redis, pending: Promise<unknown>, awayMs: number): Promise<void> {
  const ended = new AbortController()
  const { signal } = ended
  const settled = pending.then(
    () => ended.abort(),
    () => ended.abort(),
  )
  const answers = (): Promise<boolean> =>
    Promise.race([
      redis.ping().then(
        () => true,
        () => true,
      ),
      settled.then(() => true),
      sleep(awayMs, false, { ref: false }),
    ])
  while (!signal.aborted) {
    if (!(await answers())) return redis.disconnect()
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** Options of {@link startWorker}. */
export type WorkerSettings = ConnectSettings & {
  /** The name of the queue, as that of {@link openQueue}; default `trials`. */
  readonly name?: string
  /** Jobs in progress at the same time; default 1. */
  readonly atOnce?: number
  /**
   * Does one piece of work. The event loop of this process must stay free, or its jobs count as lost: run long
   * computations in child processes. An abort of the signal means that the result is no longer needed.
   */
  readonly execute: (work: Work, signal: AbortSignal) => Promise<unknown>
  /**
   * Milliseconds after which the jobs of a worker that does not answer run elsewhere; default 60,000. Choose it longer
   * than the interruptions of the network, or jobs run twice.
   */
  readonly lockMs?: number
  /** Called for each event of a job, for the log of a worker. */
  readonly onEvent?: (event: WorkerEvent) => void
}

/** An event of a job. */
export type WorkerEvent = {
  readonly type: 'begun' | 'finished' | 'known' | 'failed' | 'returned'
  readonly label: string
  /** Why it failed; null otherwise. */
  readonly reason: string | null
}

/** A worker. */
export type QueueWorker = {
  /** `host:process`, as `queueStatus` shows it. */
  readonly name: string
  /** Warnings about the settings of the server. */
  readonly warnings: readonly string[]
  /**
   * Takes no further job, gives those in progress back to the queue, and disconnects. If the server does not answer for
   * ten seconds, it disconnects all the same, and the jobs in progress run elsewhere after `lockMs`.
   */
  stop(): Promise<void>
}

/** A worker that stops waits this long for a server that is away, in milliseconds. */
const AWAY_MS = 10_000

/** A job is given up after this many deaths of its workers, since it may be the cause. */
const MAX_DEATHS = 10

/**
 * Starts a worker, which runs the jobs of a queue until it is stopped.
 *
 * A result is written before the job counts as completed, and is written again and again while the server is away or
 * its memory is full. If the worker dies, its jobs run elsewhere after `lockMs`. A worker that could not reach the
 * server for longer than that gives up its jobs, because other workers have them.
 *
 * A message that is no job of this version fails with JOB_INVALID. Labels and reasons of events are on one line,
 * without control characters.
 *
 * @throws INVALID_OPTION if `connectMs` is out of range; QUEUE_NAME, QUEUE_ADDRESS, QUEUE_UNREACHABLE, QUEUE_REFUSED,
 *   QUEUE_TLS, QUEUE_EVICTS
 */
export async function startWorker(address: QueueAddress, settings: WorkerSettings): Promise<QueueWorker> {
  const { name = DEFAULT_NAME, atOnce = 1, execute, lockMs = 60_000, onEvent = () => undefined } = settings
  checkQueueName(name)
  const { redis, warnings } = await connect(address, settings)
  await redis.sadd(NAMES, name).catch(() => 0)
  const own = `${hostname()}:${process.pid}`
  const stopping = new AbortController()

  /**
   * Writes a result unless there is one, as often as needed. A finished trial is never dropped, even if its lock was
   * lost: the worker that has the job now finds the result. When the worker stops, it waits some seconds for a server
   * that is away.
   *
   * @returns whether the server has a result
   */
  const store = async (key: string, text: string): Promise<boolean> => {
    for (let [wait, left] = [100, 10]; left > 0; wait = Math.min(2 * wait, 2000)) {
      try {
        await redis.set(key, text, 'EX', KEEP_SECONDS, 'NX')
        return true
      } catch {
        if (redis.status === 'end') return false
        if (stopping.signal.aborted) left--
        await sleep(wait)
      }
    }
    return false
  }

  const worker = new Worker<JobData, null>(
    name,
    // BullMQ passes a signal only to functions with three parameters, none of which has a default.
    async (job, token, jobSignal) => {
      const signal = jobSignal ?? new AbortController().signal
      const label = labelOf(job.data)
      const say = (type: WorkerEvent['type'], reason: string | null = null): void =>
        onEvent({ type, label, reason: reason === null ? null : plain(reason) })
      const key = resultKey(name, job.id!)
      if ((await redis.exists(key)) === 1) {
        say('known')
        return null
      }
      say('begun')
      try {
        const { work } = jobDataOf(job.data, name)
        const value = await execute(work, AbortSignal.any([signal, stopping.signal]))
        if (await store(key, JSON.stringify(value ?? null))) {
          say('finished')
          return null
        }
      } catch (thrown) {
        const error = firstError(thrown)
        if (stopping.signal.aborted && !signal.aborted) {
          await job.moveToWait(token)
          say('returned')
          throw new WaitingError()
        }
        const reason = error instanceof Error ? error.message : String(error)
        if (signal.aborted) say('returned')
        else say('failed', reason)
        // A coded failure is the same on every machine, except for the death of a process.
        if (error instanceof SpikewardError && error.code !== 'JOB_PROCESS_DIED') throw new UnrecoverableError(reason)
        throw error instanceof Error ? error : new Error(reason)
      }
      // The job keeps its lock until `lockMs` is over, and then runs elsewhere.
      say('returned', 'the worker stops, and its result could not be written')
      throw new WaitingError()
    },
    {
      connection: redis,
      prefix: PREFIX,
      name: own,
      concurrency: atOnce,
      lockDuration: lockMs,
      stalledInterval: Math.max(200, lockMs / 4),
      maxStalledCount: MAX_DEATHS,
      runRetryDelay: 1000,
    },
  )
  // After an error of the server, BullMQ requests the next job immediately, so a full memory would keep both busy.
  worker.on('error', (error) => {
    if (!isFull(error) || worker.isPaused()) return
    void worker.pause(true)
    setTimeout(() => {
      if (!stopping.signal.aborted) void worker.resume()
    }, 500)
  })
  worker.on('lockRenewalFailed', (ids: readonly string[]) => {
    for (const id of ids) worker.cancelJob(id, 'another worker has the job')
  })
  return {
    name: own,
    warnings,
    async stop() {
      await worker.pause(true)
      stopping.abort(new Error('the worker stops'))
      const closed = worker.close()
      await whileItAnswers(redis, closed, AWAY_MS)
      await closed
      redis.disconnect()
    },
  }
}
