import { SpikewardError } from '@spikeward/core'
import { type RedisOptions, Redis } from 'ioredis'
import { type QueueAddress, connectionOptions, shownAddress } from './address.js'

/**
 * Makes a client, and each of its duplicates, end when it is disconnected, also while it waits to reconnect. ioredis
 * 6.0.0 then clears the timer of the next attempt and stays in the state `reconnecting`: commands in its queue are
 * never rejected, and a worker of BullMQ that closes waits for them without end.
 */
export function ending(client: Redis): Redis {
  const disconnect = client.disconnect.bind(client)
  const duplicate: (override?: Partial<RedisOptions>) => Redis = client.duplicate.bind(client)
  return Object.assign(client, {
    disconnect(reconnect = false): void {
      const waits = client.status === 'reconnecting'
      disconnect(reconnect)
      if (!waits || reconnect) return
      // The next attempt begins now and is called off before it opens a socket: it rejects all commands, and the client
      // ends.
      client.connect().catch(() => undefined)
      disconnect()
    },
    duplicate: (override?: Partial<RedisOptions>): Redis => ending(duplicate(override)),
  })
}

/** An open connection, and warnings about settings of the server that do not suit a queue. */
export type Connection = { readonly redis: Redis; readonly warnings: readonly string[] }

/** Commands wait for a server that is away without a limit; reconnection is tried at least every two seconds. */
const enduring = {
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 5), 2000),
  keepAlive: 10_000,
}

const remedies =
  'start one, for example valkey-server --appendonly yes --appendfsync always (Debian: apt-get install valkey-server), or correct the address'

/** The failure of a first connection. Its cause is left out: ioredis stores the password in its errors. */
function failure(address: QueueAddress, error: unknown): SpikewardError {
  const { message, code } = error as Error & { readonly code?: string }
  const where = shownAddress(address)
  if (/WRONGPASS|NOAUTH|NOPERM|invalid password/.test(message)) {
    const why = message.split(' ')[0]
    return new SpikewardError(
      'QUEUE_REFUSED',
      `the queue at ${where} refuses user and password (${why}); write them into the address, or the password into SPIKEWARD_QUEUE_PASSWORD`,
    )
  }
  // A server that refuses a certificate may close the connection before its reason arrives; one without TLS does not
  // answer.
  const isEncrypted = connectionOptions(address).tls !== undefined
  if (isEncrypted && !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/.test(code ?? '')) {
    return new SpikewardError(
      'QUEUE_TLS',
      `no encrypted connection to the queue at ${where} (${code ?? message}); give the authority that signed its certificate, and your own certificate if the server requires one; for a server without TLS, write redis://`,
    )
  }
  return new SpikewardError('QUEUE_UNREACHABLE', `no server answers at ${where} (${code ?? message}); ${remedies}`)
}

/**
 * Connects to a server and checks that it does not drop data.
 *
 * @throws INVALID_OPTION, QUEUE_ADDRESS, QUEUE_UNREACHABLE, QUEUE_REFUSED, QUEUE_TLS
 * @throws QUEUE_EVICTS if the server drops data when its memory is full
 */
export async function connect(address: QueueAddress, settings: ConnectSettings = {}): Promise<Connection> {
  const connectMs = connectMsOf(settings)
  const redis = ending(
    new Redis({ ...connectionOptions(address), ...enduring, connectTimeout: connectMs, lazyConnect: true }),
  )
  // Without a listener, ioredis prints errors itself. The last error is the reason if the first connection fails.
  let last: unknown = new Error('no answer')
  redis.on('error', (error) => (last = error))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(last as Error), connectMs)
  })
  try {
    await Promise.race([redis.connect(), late])
    return { redis, warnings: await checkServer(redis, address) }
  } catch (error) {
    redis.disconnect()
    if (error instanceof SpikewardError) throw error
    throw failure(address, /Connection is closed/.test(String(error)) ? last : error)
  } finally {
    clearTimeout(timer)
  }
}

/** A field of the answer to INFO. */
const field = (info: string, name: string): string => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? ''

async function checkServer(redis: Redis, address: QueueAddress): Promise<readonly string[]> {
  const info = await redis.info()
  const policy = field(info, 'maxmemory_policy')
  if (field(info, 'maxmemory') !== '0' && policy !== 'noeviction' && policy !== '') {
    throw new SpikewardError(
      'QUEUE_EVICTS',
      `the server at ${shownAddress(address)} drops data when its memory is full (maxmemory-policy ${policy}), so trials would be lost; ` +
        'start it with --maxmemory-policy noeviction',
    )
  }
  if (field(info, 'aof_enabled') === '0') {
    return [
      'the server loses its data in a restart, so finished trials would run again; start it with --appendonly yes',
    ]
  }
  // Without `always`, the server confirms writes before they are on its disk, and a crash loses the last seconds.
  // Hosted services may forbid CONFIG.
  const [, sync = 'unknown'] = await redis.config('GET', 'appendfsync').then(pair, () => [])
  return ['always', 'unknown'].includes(sync)
    ? []
    : [
        `the server confirms writes before they are on its disk (appendfsync ${sync}), so trials that finish within seconds of a crash would run again; start it with --appendfsync always`,
      ]
}

/** Name and value, for both versions of the protocol. */
const pair = (answer: unknown): readonly string[] =>
  Array.isArray(answer) ? answer.map(String) : Object.entries(answer as Readonly<Record<string, string>>).flat()

/** Memory of the server in bytes; `most` is null if there is no limit. */
export async function memoryOf(redis: Redis): Promise<{ readonly used: number; readonly most: number | null }> {
  const info = await redis.info('memory')
  const most = Number(field(info, 'maxmemory'))
  return { used: Number(field(info, 'used_memory')), most: most === 0 ? null : most }
}

/** How long a queue or a worker waits for its server. */
export type ConnectSettings = {
  /**
   * Milliseconds after which an attempt to connect counts as failed, from 1 to 2,147,483,647 (the longest that a timer
   * waits); default 10,000. If the first attempt takes longer, it ends with QUEUE_UNREACHABLE, or with QUEUE_TLS for an
   * encrypted connection, because a server without TLS does not answer. Choose it longer on a machine that is very
   * busy.
   */
  readonly connectMs?: number
}

/** The longest delay of a timer of Node, which replaces longer ones by 1 ms. */
const LONGEST = 2 ** 31 - 1

/**
 * The time limit of an attempt to connect, in milliseconds.
 *
 * @throws INVALID_OPTION
 */
export function connectMsOf({ connectMs = 10_000 }: ConnectSettings): number {
  if (connectMs >= 1 && connectMs <= LONGEST) return connectMs
  throw new SpikewardError(
    'INVALID_OPTION',
    `connectMs is ${connectMs}, and a timer waits from 1 to ${LONGEST} ms; choose a number in this range`,
  )
}
