/** Sources of text: a WebSocket, a pipe by its path, and a file that is followed. */
import { execFileSync } from 'node:child_process'
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { isRepeatable, readText, withoutSecrets } from '../../src/node.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-source-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function joined(source: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of source) text += piece
  return text
}

async function serve(): Promise<{ readonly server: WebSocketServer; readonly url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.on('listening', resolve))
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('a WebSocket', () => {
  it('gives each message as a line, and ends with the connection', async () => {
    const { server, url } = await serve()
    server.on('connection', (socket) => {
      for (let i = 0; i < 100; i++) socket.send(`{"a":${i}}`)
      socket.close()
    })
    expect(await joined(readText(url))).toBe(Array.from({ length: 100 }, (_, i) => `{"a":${i}}\n`).join(''))
    expect(await isRepeatable(url)).toBe(false)
    await new Promise((resolve) => server.close(resolve))
    await expect(joined(readText(url))).rejects.toMatchObject({ code: 'STREAM_SOURCE' })
  })

  it('shows no secret of its URL in an error', async () => {
    const { server, url } = await serve()
    await new Promise((resolve) => server.close(resolve))
    const secret = `${url.replace('://', '://user:secret@')}/rows?token=secret`
    await expect(joined(readText(secret))).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') as string }),
    )
    await expect(joined(readText(secret))).rejects.toThrow(`${url}/rows failed: `)
  })

  it('makes a sender that floods wait', async () => {
    const { server, url } = await serve()
    let waiting = 0
    const message = 'x'.repeat(2 ** 20)
    server.on('connection', (socket) => {
      for (let i = 0; i < 64; i++) socket.send(message)
      waiting = socket.bufferedAmount
    })
    const source = readText(url)
    for (let i = 0; i < 3; i++) await source.next()
    const [client] = server.clients
    // Of 64 MiB, the reader holds 16 messages, and the system its buffers.
    expect(waiting).toBeGreaterThan(2 ** 25)
    await expect.poll(() => client!.bufferedAmount).toBeGreaterThan(2 ** 24)
    await source.return()
    client!.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
})

it.each([
  ['ws://host', 'ws://host'],
  ['wss://user:secret@host:8080/rows?token=secret#secret', 'wss://host:8080/rows'],
  ['WS://secret@host', 'WS://host'],
  ['ws://user:se@cret@host?secret', 'ws://host'],
  ['rows.csv?token@home', 'rows.csv?token@home'],
  ['-', '-'],
])('%s is shown and stored as %s', (source, shown) => expect(withoutSecrets(source)).toBe(shown))

it.each(['ws://user:sec/ret@host', 'https://user:secret@host', 'ws://secret@'])('%s is refused unseen', (source) => {
  expect(() => withoutSecrets(source)).toThrow(/^(?!.*sec).*ws:\/\//)
  expect(() => withoutSecrets(source)).toThrow(expect.objectContaining({ code: 'STREAM_SOURCE' }))
})

it('a pipe or a device is read by its path, and continues where it is', async () => {
  const path = join(folder, 'pipe')
  execFileSync('sh', ['-c', 'mkfifo "$0"', path])
  const text = joined(readText(path))
  await writeFile(path, 'a\n1\n')
  expect(await text).toBe('a\n1\n')
  expect([await isRepeatable(path), await isRepeatable('-')]).toEqual([false, false])
})

describe('a file that is followed', () => {
  it('waits for more, also within a character of two bytes, until it is stopped', async () => {
    const path = join(folder, 'grows')
    const bytes = Buffer.from('κ\n')
    await writeFile(path, bytes.subarray(0, 1))
    const stop = new AbortController()
    const source = readText(path, { follow: true, signal: stop.signal })
    expect((await source.next()).value).toBe('')
    await appendFile(path, bytes.subarray(1))
    expect((await source.next()).value).toBe('κ\n')
    const next = source.next()
    stop.abort()
    expect((await next).done).toBe(true)
  })

  it.each([
    ['cut', async (path: string) => truncate(path, 1)],
    [
      'replaced or removed',
      async (path: string) => {
        await writeFile(`${path}.new`, 'b')
        await rename(`${path}.new`, path)
      },
    ],
  ])('is refused when it was %s', async (what, change) => {
    const path = join(folder, 'changes')
    await writeFile(path, 'abc')
    const source = readText(path, { follow: true })
    await source.next()
    await change(path)
    await expect(source.next()).rejects.toThrow(what)
  })
})

it('a source that is not there is refused', async () => {
  await expect(isRepeatable(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  await expect(joined(readText(folder))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

it('the built-in rod has rows with readings and the plan, and a sensor that fails', async () => {
  expect(await isRepeatable('example:heated-rod')).toBe(true)
  await expect(isRepeatable('example:rod')).rejects.toThrow('built in are example:heated-rod, example:heated-plate,')
  const [header, ...rows] = (await joined(readText('example:heated-rod'))).trimEnd().split('\n')
  expect(header).toBe('t,s1,s2,s3,s4,s5,s6,p1,p2')
  expect(rows.length).toBe(60_000)
  const cells = rows.map((row) => row.split(','))
  expect(cells.findIndex((row) => row[3] === '')).toBe(50_000)
  expect(cells.every((row, t) => row.length === 9 && Number(row[0]) === t)).toBe(true)
})
