import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type QueueAddress, openQueue, queueAddressOf, queueStatus, shownAddress, startWorker } from '../src/index.js'
import { connectionOptions } from '../src/address.js'
import { connectMsOf } from '../src/connect.js'
import { freePort, startServer, whyNoServer } from './server.js'

const SECRET = 'correct-horse-battery'
const failureOf = (address: QueueAddress): Promise<unknown> => queueStatus(address).catch((error: unknown) => error)
/** Everything that a log could print of an error, its properties and causes too. */
function allOf(error: unknown): string {
  expect(error).toBeInstanceOf(Error)
  const { cause } = error as Error
  return `${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${String(cause)}`
}

describe('addresses', () => {
  test.each([
    ['redis://localhost', { host: 'localhost', port: 6379, db: 0 }],
    ['redis://me:a%40b@h:1/3', { host: 'h', port: 1, db: 3, username: 'me', password: 'a@b' }],
    ['valkey://:pw@[::1]:7', { host: '::1', port: 7, db: 0, password: 'pw' }],
    ['rediss://h', { host: 'h', port: 6379, db: 0, tls: {} }],
  ])('%s', (url, options) => {
    expect(connectionOptions({ url })).toEqual(options)
  })

  test('options and environment of a command give the address and its credentials', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spikeward-queue-address-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = (name: string): string => join(folder, name)
    for (const name of ['ca', 'cert', 'key']) writeFileSync(file(name), `PEM of ${name}`)
    expect(queueAddressOf({ queue: 'redis://h' }, {})).toEqual({ url: 'redis://h' })
    const all = { queue: 'rediss://h', queueCa: file('ca'), queueCert: file('cert'), queueKey: file('key') }
    expect(queueAddressOf(all, { SPIKEWARD_QUEUE_PASSWORD: SECRET })).toEqual({
      url: 'rediss://h',
      password: SECRET,
      tls: { ca: 'PEM of ca', cert: 'PEM of cert', key: 'PEM of key' },
    })
    expect(() => queueAddressOf({ ...all, queueKey: file('none') }, {})).toThrow(
      /--queue-key .*none cannot be read: .*ENOENT.*; give .* PEM format \[QUEUE_CERTIFICATE\]/,
    )
  })

  test('a password beside the URL comes first, and certificates turn TLS on', () => {
    const address = { url: 'redis://me:old@h', password: SECRET, tls: { ca: 'PEM' } }
    expect(connectionOptions(address)).toMatchObject({ username: 'me', password: SECRET, tls: { ca: 'PEM' } })
  })

  test.each(['', 'localhost:6379', `http://u:${SECRET}@h`, `redis://u:${SECRET}@h/abc`, `redis://u:${SECRET}@:6379`])(
    '"%s" is refused without a word of it that may be secret',
    (url) => {
      const found = ((): unknown => {
        try {
          return shownAddress({ url })
        } catch (error) {
          return error
        }
      })()
      expect(found).toMatchObject({ code: 'QUEUE_ADDRESS' })
      expect(allOf(found)).not.toContain(SECRET)
    },
  )

  test('are shown without user and password', () => {
    expect(shownAddress({ url: `rediss://me:${SECRET}@host.example:6390/2?x=${SECRET}` })).toBe(
      'rediss://host.example:6390/2',
    )
  })
})

test('without a server the error says what to start', async () => {
  const found = await failureOf({ url: `redis://me:${SECRET}@127.0.0.1:${await freePort()}` })
  expect(found).toMatchObject({ code: 'QUEUE_UNREACHABLE' })
  expect(String(found)).toMatch(/ECONNREFUSED.*valkey-server --appendonly yes.*apt-get install valkey-server/)
  expect(allOf(found)).not.toContain(SECRET)
})

test('anything other than a server is detected', async () => {
  const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  expect(await failureOf({ url: `redis://127.0.0.1:${port}` })).toMatchObject({ code: 'QUEUE_UNREACHABLE' })
  other.close()
})

describe('the time limit of a connection', () => {
  const absent = { url: 'redis://127.0.0.1:1' }

  test.each([Infinity, -Infinity, NaN, 0, -1, 0.5, 2 ** 31])('of %d ms is refused', async (connectMs) => {
    const refused = { code: 'INVALID_OPTION', message: expect.stringContaining(`connectMs is ${connectMs}`) as string }
    await expect(openQueue(absent, { connectMs })).rejects.toMatchObject(refused)
    const execute = (): Promise<unknown> => Promise.resolve(null)
    await expect(startWorker(absent, { execute, connectMs })).rejects.toMatchObject(refused)
  })

  test('of the least and the most milliseconds is taken', () => {
    expect([1, 2 ** 31 - 1].map((connectMs) => connectMsOf({ connectMs }))).toEqual([1, 2 ** 31 - 1])
  })

  test.each([
    ['redis', 'QUEUE_UNREACHABLE'],
    ['rediss', 'QUEUE_TLS'],
  ])('ends a connection of %s to a server that accepts and never answers with %s', async (protocol, code) => {
    const accepted: Socket[] = []
    const silent = createServer((socket) => accepted.push(socket.on('error', () => undefined)))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      for (const socket of accepted) socket.destroy()
      silent.close()
    })
    const url = `${protocol}://127.0.0.1:${(silent.address() as AddressInfo).port}`
    await expect(openQueue({ url }, { connectMs: 500 })).rejects.toMatchObject({ code })
    expect(accepted).not.toEqual([])
  })
})

describe('a server', () => {
  beforeEach((context) => {
    if (whyNoServer !== null) context.skip(whyNoServer)
  })

  test('with users and passwords admits only those who have them, and its error repeats neither', async () => {
    const server = await startServer('--requirepass', SECRET)
    onTestFinished(() => server.remove())
    const grant = ['worker', 'on', `>${SECRET}2`, '~*', '&*', '+@all']
    expect(server.cli('-a', SECRET, '--no-auth-warning', 'acl', 'setuser', ...grant)).toBe('OK')
    const at = `127.0.0.1:${server.port}`
    expect(await queueStatus({ url: `redis://:${SECRET}@${at}` })).toMatchObject({
      server: `redis://${at}`,
      queues: [],
    })
    expect(await queueStatus({ url: `redis://worker@${at}`, password: `${SECRET}2` })).toMatchObject({ queues: [] })
    for (const url of [`redis://${at}`, `redis://:${SECRET}3@${at}`, `redis://worker:${SECRET}3@${at}`]) {
      const found = await failureOf({ url })
      expect(found).toMatchObject({ code: 'QUEUE_REFUSED' })
      expect(allOf(found)).not.toContain(SECRET)
    }
  })

  test('that drops data when its memory is full is refused, and a warning names one that may lose data', async () => {
    const server = await startServer('--appendonly', 'no')
    onTestFinished(() => server.remove())
    server.cli('config', 'set', 'maxmemory', '50mb')
    const notes: string[] = []
    const queue = await openQueue({ url: server.url }, { notify: (note) => notes.push(note) })
    expect(notes).toEqual([expect.stringContaining('start it with --appendonly yes')])
    await queue.close()
    server.cli('config', 'set', 'appendonly', 'yes')
    server.cli('config', 'set', 'appendfsync', 'everysec')
    await (await openQueue({ url: server.url }, { notify: (note) => notes.push(note) })).close()
    expect(notes[1]).toMatch(/appendfsync everysec.*start it with --appendfsync always/)
    server.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru')
    expect(await failureOf({ url: server.url })).toMatchObject({ code: 'QUEUE_EVICTS' })
  })

  test('with TLS takes an authority and a certificate of the client', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spikeward-tls-'))
    const openssl = (...args: readonly string[]): void =>
      void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=authority', '-days', '2')
    for (const name of ['server', 'client']) {
      openssl(
        'req',
        ...curve,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
      )
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-out',
        `${name}.crt`,
        '-days',
        '2',
        '-copy_extensions',
        'copy',
      )
    }
    const pem = (name: string): string => readFileSync(join(folder, name), 'utf8')
    const files = ['--tls-cert-file', 'server.crt', '--tls-key-file', 'server.key', '--tls-ca-cert-file', 'ca.crt']
    const port = await freePort()
    const server = await startServer(
      '--tls-port',
      String(port),
      ...files.map((f) => (f.includes('.') ? join(folder, f) : f)),
    )
    onTestFinished(() => server.remove())
    const url = `rediss://localhost:${port}`
    const whole = { url, tls: { ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') } }
    expect(await queueStatus(whole)).toMatchObject({ server: url, queues: [] })
    const worker = await startWorker(whole, { execute: ({ input }) => Promise.resolve(input) })
    const queue = await openQueue(whole)
    expect(await queue.run([{ id: 'a', work: { task: 'echo', input: 1 }, run: () => Promise.resolve(1) }])).toEqual([1])
    await Promise.all([queue.close(), worker.stop()])
    // Neither an unknown authority nor a client without a certificate gets in.
    for (const address of [{ url }, { url, tls: { ca: pem('ca.crt') } }]) {
      expect(await failureOf(address)).toMatchObject({ code: 'QUEUE_TLS' })
    }
    rmSync(folder, { recursive: true })
  })
})
