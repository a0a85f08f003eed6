import { SpikewardError } from '@spikeward/core'
import { readRegularSync } from '@spikeward/core/node'
import type { QueueAddress } from './address.js'

/** Options of a command line that name a server: `--queue`, and files with PEM texts. */
export type QueueAddressOptions = {
  /** The URL; default: empty, which is not a valid address. */
  readonly queue?: string
  /** File with the certificate of the authority that signed the server's certificate: `--queue-ca`. */
  readonly queueCa?: string
  /** File with the certificate of this process, and with its private key: `--queue-cert`, `--queue-key`. */
  readonly queueCert?: string
  readonly queueKey?: string
}

/** The environment variable with the password; other users of the machine can read command lines. */
const PASSWORD = 'SPIKEWARD_QUEUE_PASSWORD'

/**
 * The address from a command's options and the environment (`SPIKEWARD_QUEUE_PASSWORD`).
 *
 * @throws QUEUE_CERTIFICATE, with the flag and the file, if a file cannot be read
 * @example const queue = await openQueue(queueAddressOf({ queue: 'rediss://me@host:6380', queueCa: 'authority.pem' }), { name: 'trials' })
 */
export function queueAddressOf(
  { queue = '', queueCa, queueCert, queueKey }: QueueAddressOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): QueueAddress {
  const read = (flag: string, name: string, file: string | undefined): Record<string, string> => {
    if (file === undefined) return {}
    try {
      return { [name]: new TextDecoder().decode(readRegularSync(file, { what: 'a file in PEM format' })) }
    } catch (cause) {
      throw new SpikewardError(
        'QUEUE_CERTIFICATE',
        `${flag} ${file} cannot be read: ${(cause as Error).message}; give the path of a file in PEM format`,
        { cause },
      )
    }
  }
  const password = environment[PASSWORD]
  const tls = {
    ...read('--queue-ca', 'ca', queueCa),
    ...read('--queue-cert', 'cert', queueCert),
    ...read('--queue-key', 'key', queueKey),
  }
  return {
    url: queue,
    ...(password === undefined ? {} : { password }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  }
}
