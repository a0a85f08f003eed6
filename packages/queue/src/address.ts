import { SpikewardError } from '@spikeward/core'
import type { RedisOptions } from 'ioredis'

/** The address of a server, and the credentials of this process. */
export type QueueAddress = {
  /** `redis://` or, with TLS, `rediss://`, then `[user[:password]@]host[:port][/database]`. */
  readonly url: string
  /** Overrides the password in the URL, which other users of the machine can read in the list of processes. */
  readonly password?: string
  /** PEM texts for a server with TLS; default: the authorities that Node trusts, and no client certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string }
}

/** @throws QUEUE_ADDRESS */
function parse({ url }: QueueAddress): URL {
  const bad = (why: string): SpikewardError =>
    // The text is not repeated, because it may contain a password.
    new SpikewardError(
      'QUEUE_ADDRESS',
      `the address of the queue ${why}; write redis://host:6379, or rediss://user@host:6379 for a server with TLS`,
    )
  if (!URL.canParse(url)) throw bad('is not a URL')
  const parsed = new URL(url)
  if (!['redis:', 'rediss:', 'valkey:', 'valkeys:'].includes(parsed.protocol))
    throw bad(`begins with ${parsed.protocol}`)
  if (parsed.hostname === '') throw bad('names no host')
  if (!/^\/?\d{0,4}$/.test(parsed.pathname)) throw bad('names a database that is not a number')
  return parsed
}

/**
 * The address without user, password and options, for messages and records.
 *
 * @throws QUEUE_ADDRESS
 * @example
 * shownAddress({ url: 'rediss://me:secret@host.example:6390/2' }) // 'rediss://host.example:6390/2'
 */
export function shownAddress(address: QueueAddress): string {
  const { protocol, hostname, port, pathname } = parse(address)
  return `${protocol}//${hostname}:${port === '' ? '6379' : port}${pathname === '/' ? '' : pathname}`
}

/** The options by which ioredis connects. @throws QUEUE_ADDRESS */
export function connectionOptions(
  address: QueueAddress,
): Pick<RedisOptions, 'host' | 'port' | 'db' | 'username' | 'password' | 'tls'> {
  const { protocol, hostname, port, pathname, username, password } = parse(address)
  const secret = address.password ?? decodeURIComponent(password)
  const encrypted = protocol === 'rediss:' || protocol === 'valkeys:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1)),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(secret === '' ? {} : { password: secret }),
    ...(encrypted || address.tls !== undefined ? { tls: { ...address.tls } } : {}),
  }
}
