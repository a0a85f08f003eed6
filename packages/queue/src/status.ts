import { Queue } from 'bullmq'
import { shownAddress } from './address.js'
import type { QueueAddress } from './address.js'
import { connect, memoryOf } from './connect.js'
import { isQueueName, labelOf, plain } from './jobData.js'
import { NAMES, PREFIX, resultKey } from './jobLayout.js'
import type { JobData } from './jobLayout.js'

/** A job that runs. */
export type RunningJob = {
  readonly label: string
  /** `host:process` of its worker. */
  readonly worker: string
  /** Seconds since the job began. */
  readonly seconds: number
}

/** A queue of a server. */
export type QueueState = {
  readonly name: string
  readonly waiting: number
  readonly active: number
  readonly done: number
  readonly failed: number
  /** Connected workers. */
  readonly workers: number
  readonly running: readonly RunningJob[]
  /** The first reasons of failed jobs. */
  readonly failures: readonly { readonly label: string; readonly reason: string }[]
}

/** A server and its queues. */
export type ServerState = {
  /** Without user and password. */
  readonly server: string
  /** In bytes; `most` is null if the server has no limit. */
  readonly memory: { readonly used: number; readonly most: number | null }
  readonly queues: readonly QueueState[]
  /** Warnings about the settings of the server. */
  readonly warnings: readonly string[]
}

/**
 * The progress of all queues of a server.
 *
 * @throws QUEUE_ADDRESS, QUEUE_UNREACHABLE, QUEUE_REFUSED, QUEUE_TLS, QUEUE_EVICTS
 */
export async function queueStatus(address: QueueAddress): Promise<ServerState> {
  return withQueues(address, async (queues, { memory, warnings }) => ({
    server: shownAddress(address),
    memory,
    queues: await Promise.all(queues.map(stateOf)),
    warnings,
  }))
}

/**
 * Removes all jobs, running ones included, and all results of queues.
 *
 * @param name of one queue; default: all of the server
 * @returns the names of the queues
 */
export async function clearQueues(address: QueueAddress, name?: string): Promise<readonly string[]> {
  return withQueues(address, async (all, { redis }) => {
    const queues = all.filter((queue) => name === undefined || queue.name === name)
    for (const queue of queues) {
      await queue.obliterate({ force: true })
      for await (const keys of redis.scanStream({ match: resultKey(queue.name, '*'), count: 1000 })) {
        if ((keys as string[]).length > 0) await redis.del(keys as string[])
      }
      await redis.srem(NAMES, queue.name)
    }
    return queues.map((queue) => queue.name)
  })
}

type Server = { readonly redis: Awaited<ReturnType<typeof connect>>['redis'] } & Pick<
  ServerState,
  'memory' | 'warnings'
>

async function withQueues<T>(
  address: QueueAddress,
  use: (queues: readonly Queue<JobData>[], server: Server) => Promise<T>,
): Promise<T> {
  const { redis, warnings } = await connect(address)
  const queues: Queue<JobData>[] = []
  try {
    const names = (await redis.smembers(NAMES)).sort()
    const strange = names.filter((name) => !isQueueName(name))
    for (const name of names.filter(isQueueName)) {
      const queue = new Queue<JobData>(name, { connection: redis, prefix: PREFIX, skipMetasUpdate: true })
      queue.on('error', () => undefined)
      queues.push(queue)
    }
    const also =
      strange.length === 0 ? [] : [`${strange.length} names of the server are no queues; they are left out: ${NAMES}`]
    return await use(queues, { redis, memory: await memoryOf(redis), warnings: [...warnings, ...also] })
  } finally {
    await Promise.all(queues.map((queue) => queue.close()))
    redis.disconnect()
  }
}

/** Jobs of a state; none where what the server keeps of one of them is not JSON. The counts include them. */
const readable = <T>(jobs: Promise<readonly T[]>): Promise<readonly T[]> =>
  jobs.catch((error: unknown) => {
    if (error instanceof SyntaxError) return []
    throw error
  })

async function stateOf(queue: Queue<JobData>): Promise<QueueState> {
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed')
  const [active, failed, workers] = await Promise.all([
    readable(queue.getActive(0, 99)),
    readable(queue.getFailed(0, 4)),
    queue.getWorkersCount().catch(() => 0),
  ])
  const count = (name: string): number => counts[name] ?? 0
  return {
    name: queue.name,
    waiting: count('waiting') + count('prioritized') + count('delayed'),
    active: count('active'),
    done: count('completed'),
    failed: count('failed'),
    workers,
    running: active.map(({ data, processedBy, processedOn }) => ({
      label: labelOf(data),
      worker: plain(processedBy ?? 'unknown'),
      seconds: Math.max(0, Math.round((Date.now() - (processedOn ?? Date.now())) / 1000)),
    })),
    failures: failed.map(({ data, failedReason }) => ({
      label: labelOf(data),
      reason: plain(failedReason ?? 'unknown'),
    })),
  }
}
