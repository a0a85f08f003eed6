import { SpikewardError } from '@spikeward/core'
import { Redis } from 'ioredis'
import { connectionOptions, shownAddress } from './address.js'
import type { QueueAddress } from './address.js'

/** An open connection, and what its server does not do as it should for a queue. */
export type Connection = { readonly redis: Redis; readonly warnings: readonly string[] }

/** Milliseconds until the first connection counts as failed. */
const PATIENCE = 10_000

/** Commands wait while the server is away, however long; the connection is tried again at least every two seconds. */
const enduring = {
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(100 * 2 ** Math.min(times, 5), 2000),
  connectTimeout: PATIENCE,
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
  // A server that refuses a certificate may close the connection before its reason arrives; one without TLS does not answer.
  const isEncrypted = connectionOptions(address).tls !== undefined
  if (isEncrypted && !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/.test(code ?? '')) {
    return new SpikewardError(
      'QUEUE_TLS',
      `no encrypted connection to the queue at ${where} (${code ?? message}); give the authority that signed its certificate, and a certificate of your own if it asks for one; a server without TLS has an address with redis://`,
    )
  }
  return new SpikewardError('QUEUE_UNREACHABLE', `no server answers at ${where} (${code ?? message}); ${remedies}`)
}

/**
 * Connects to a server and checks that it keeps what it is given.
 *
 * @throws QUEUE_ADDRESS, QUEUE_UNREACHABLE, QUEUE_REFUSED, QUEUE_TLS
 * @throws QUEUE_EVICTS if the server drops data when its memory is full
 */
export async function connect(address: QueueAddress): Promise<Connection> {
  const redis = new Redis({ ...connectionOptions(address), ...enduring, lazyConnect: true })
  // Without a listener ioredis prints errors itself. The last one says why the first connection failed.
  let last: unknown = new Error('no answer')
  redis.on('error', (error) => (last = error))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(last as Error), PATIENCE)
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
      'the server keeps nothing over a restart, so finished trials would run again; start it with --appendonly yes',
    ]
  }
  // Not `always`: the server answers before its file has what it answers for, and a crash takes back the last seconds. Services may forbid CONFIG.
  const [, sync = 'unknown'] = await redis.config('GET', 'appendfsync').then(pair, () => [])
  return ['always', 'unknown'].includes(sync)
    ? []
    : [
        `the server answers before it has written (appendfsync ${sync}), so trials of the last seconds before a crash of the server would run again; start it with --appendfsync always`,
      ]
}

/** Name and value, whatever the version of the protocol gives. */
const pair = (answer: unknown): readonly string[] =>
  Array.isArray(answer) ? answer.map(String) : Object.entries(answer as Readonly<Record<string, string>>).flat()

/** Memory of the server in bytes; the most is null if it has no limit. */
export async function memoryOf(redis: Redis): Promise<{ readonly used: number; readonly most: number | null }> {
  const info = await redis.info('memory')
  const most = Number(field(info, 'maxmemory'))
  return { used: Number(field(info, 'used_memory')), most: most === 0 ? null : most }
}
