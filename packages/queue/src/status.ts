import { type Job, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { type QueueAddress, shownAddress } from './address.js'
import { connect, memoryOf } from './connect.js'
import { type JobData, clearing, isQueueName, labelOf, NAMES, plain, PREFIX, quoted, resultKey } from './jobData.js'

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
  /** Warnings about the settings of the server, and about what it holds that no queue wrote. */
  readonly warnings: readonly string[]
}

/**
 * The progress of all queues of a server.
 *
 * @throws QUEUE_ADDRESS, QUEUE_UNREACHABLE, QUEUE_REFUSED, QUEUE_TLS, QUEUE_EVICTS
 */
export async function queueStatus(address: QueueAddress): Promise<ServerState> {
  return withQueues(address, async (queues, { memory, warnings, strange }) => {
    const states = await Promise.all(queues.map(stateOf))
    return {
      server: shownAddress(address),
      memory,
      queues: states.map(({ state }) => state),
      warnings: [...warnings, ...strangeNames(strange), ...states.flatMap((queue) => queue.warnings)],
    }
  })
}

/**
 * Removes all jobs, running ones included, and all results of queues. Names in the server's set of queues that no queue
 * can have are removed as well.
 *
 * @param name of one queue; default: all of the server
 * @returns the names of the queues, then the other names, in quotation marks
 */
export async function clearQueues(address: QueueAddress, name?: string): Promise<readonly string[]> {
  return withQueues(address, async (all, { redis, strange }) => {
    const queues = all.filter((queue) => name === undefined || queue.name === name)
    for (const queue of queues) {
      await queue.obliterate({ force: true }).catch(async (error: unknown) => {
        // BullMQ cannot remove a job whose key holds a value of another type.
        if (!isDamage(error)) throw error
        await removeKeys(redis, `${PREFIX}:${queue.name}:`)
      })
      await removeKeys(redis, resultKey(queue.name, ''))
      await redis.srem(NAMES, queue.name)
    }
    if (strange.length > 0) await redis.srem(NAMES, ...strange)
    return [...queues.map((queue) => queue.name), ...strange.map(quoted)]
  })
}

/** Removes the keys that begin with a text. */
async function removeKeys(redis: Redis, start: string): Promise<void> {
  // The name of a queue may contain characters of patterns.
  const match = `${start.replace(/[\\*?[\]]/g, '\\$&')}*`
  for await (const keys of redis.scanStream({ match, count: 1000 }))
    if ((keys as string[]).length > 0) await redis.del(keys as string[])
}

type Server = Pick<ServerState, 'memory' | 'warnings'> & {
  readonly redis: Redis
  /** Names in the set of queues that no queue can have. */
  readonly strange: readonly string[]
}

const strangeNames = ({ length }: readonly string[]): readonly string[] =>
  length === 0
    ? []
    : [
        `no queue can have ${length} of the names in the set ${NAMES}, left out here; ` +
          'spikeward queue clear NAME removes such names with the queue NAME, spikeward queue clear with all queues',
      ]

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
    return await use(queues, { redis, memory: await memoryOf(redis), warnings, strange })
  } finally {
    await Promise.all(queues.map((queue) => queue.close()))
    redis.disconnect()
  }
}

/**
 * Whether a job could not be read because of what the server keeps of it: text that is not JSON, or a value of another
 * type.
 */
const isDamage = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  error instanceof TypeError ||
  (error instanceof Error && error.message.startsWith('WRONGTYPE'))

/** The first `most` jobs of a state that can be read, and how many of them cannot. */
async function firstJobs(
  queue: Queue<JobData>,
  state: 'active' | 'failed',
  most: number,
): Promise<{ readonly jobs: readonly Job<JobData>[]; readonly damaged: number }> {
  const ids = await queue.getRanges([state], 0, most - 1)
  const each = await Promise.all(
    ids.map((id) =>
      queue.getJob(id).catch((error: unknown) => {
        if (isDamage(error)) return 'damaged' as const
        throw error
      }),
    ),
  )
  return {
    // A job may have gone since its id was read.
    jobs: each.filter((job) => job !== undefined && job !== 'damaged'),
    damaged: each.filter((job) => job === 'damaged').length,
  }
}

async function stateOf(
  queue: Queue<JobData>,
): Promise<{ readonly state: QueueState; readonly warnings: readonly string[] }> {
  const { name } = queue
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed')
  const [active, failed, workers] = await Promise.all([
    firstJobs(queue, 'active', 100),
    firstJobs(queue, 'failed', 5),
    queue.getWorkersCount().catch(() => 0),
  ])
  const count = (type: string): number => counts[type] ?? 0
  const state = {
    name,
    waiting: count('waiting') + count('prioritized') + count('delayed'),
    active: count('active'),
    done: count('completed'),
    failed: count('failed'),
    workers,
    running: active.jobs.map(({ data, processedBy, processedOn }) => ({
      label: labelOf(data),
      worker: plain(processedBy ?? 'unknown'),
      seconds: Math.max(0, Math.round((Date.now() - (processedOn ?? Date.now())) / 1000)),
    })),
    failures: failed.jobs.map(({ data, failedReason }) => ({
      label: labelOf(data),
      reason: plain(failedReason ?? 'unknown'),
    })),
  }
  return { state, warnings: damagedJobs(name, active.damaged + failed.damaged) }
}

function damagedJobs(queue: string, count: number): readonly string[] {
  if (count === 0) return []
  const [jobs, them] = count === 1 ? (['1 job', 'it'] as const) : ([`${count} jobs`, 'them'] as const)
  return [
    `${jobs} of the queue ${queue} cannot be read, so the counts include ${them} and the lists do not; ${clearing(queue, them)}`,
  ]
}
