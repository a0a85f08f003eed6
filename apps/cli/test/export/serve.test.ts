/** Predictions over HTTP and WebSockets, with the numbers of the command. */
import { rmSync } from 'node:fs'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text as readAll } from 'node:stream/consumers'
import { afterAll, describe, expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import { runCli } from '../../src/program.js'
import { run } from '../fakeIo.js'
import { commanded, inRows, queries, runsFolder, trained } from './runs.js'

const folder = runsFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Served = { readonly url: string; end(): Promise<{ readonly code: number; readonly out: string }> }

/** Serves a run on a free port in this process. */
async function served(path: string, ...more: readonly string[]): Promise<Served> {
  let out = ''
  let interrupt = (): void => undefined
  let told = (_: string): void => undefined
  const address = new Promise<string>((resolve) => (told = resolve))
  const code = runCli(['serve', path, '--port', '0', '--json', ...more], {
    out: (text) => (out += text),
    err: (text) => told(text),
    errIsTerminal: false,
    onInterrupt(callback) {
      interrupt = callback
      return () => undefined
    },
  })
  const [, url] = / at (http:\S+): POST/.exec(await address)!
  return {
    url: url!,
    async end() {
      interrupt()
      return { code: await code, out }
    },
  }
}

type Answer = { readonly status: number; readonly content: Readonly<Record<string, unknown>> }

async function post(url: string, body: unknown, type = 'application/json'): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`${url}/predict`, { method: 'POST', headers: { 'Content-Type': type }, body: text })
  return { status: response.status, content: (await response.json()) as Answer['content'] }
}

/** An array of NumPy, version 1, of doubles. */
function npy(rows: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const head =
    `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0]!.length}), }`.padEnd(117) + '\n'
  const bytes = new Uint8Array([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0, ...Buffer.from(head)])
  return new Uint8Array(Buffer.concat([bytes, new Uint8Array(Float64Array.from(rows.flat()).buffer)]))
}

const domain = [
  [-1, 1],
  [-1, 1],
] as const

describe('a function of points', () => {
  test('answers JSON, arrays of NumPy and messages, many at once, and ends when all are answered', async () => {
    const path = await trained(folder, 'mexican-hat')
    const rows = queries({ inputs: ['x1', 'x2'], domain }, 40)
    const { values } = await commanded(path, rows)
    const expected = inRows(values, 1)
    const { url, end } = await served(path)
    expect(await post(url, { points: rows })).toEqual({ status: 200, content: { outputs: expected } })

    const each = await Promise.all(rows.map((row) => post(url, { points: [row] })))
    expect(each.map(({ content }) => (content['outputs'] as number[][])[0])).toEqual(expected)

    const type = { 'Content-Type': 'application/x-npy' }
    const response = await fetch(`${url}/predict`, { method: 'POST', headers: type, body: npy(rows) })
    expect(response.headers.get('content-type')).toBe('application/x-npy')
    const bytes = await response.arrayBuffer()
    const doubles = new Float64Array(bytes.slice(bytes.byteLength - 8 * rows.length))
    expect([...doubles]).toEqual(values)

    const socket = new WebSocket(`${url.replace('http', 'ws')}/predict`)
    await new Promise((resolve) => socket.once('open', resolve))
    const replies = new Promise<unknown[]>((resolve) => {
      const all: unknown[] = []
      socket.on('message', (data: Buffer) => all.push(JSON.parse(data.toString())) === 2 && resolve(all))
    })
    socket.send(JSON.stringify({ id: 7, points: [rows[3]] }))
    socket.send('{')
    const [first, second] = await replies
    expect([first, second]).toEqual(
      expect.arrayContaining([
        { id: 7, outputs: [expected[3]] },
        expect.objectContaining({ code: expect.any(String) as unknown }),
      ]),
    )

    const closed = new Promise((resolve) => socket.once('close', resolve))
    // The request has arrived before the interruption, and its body comes after it.
    const ended: ReturnType<Served['end']>[] = []
    const last = await new Promise<string>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', Expect: '100-continue' }
      const sent = request(
        `${url}/predict`,
        { method: 'POST', headers },
        (answer) => void readAll(answer).then(resolve),
      )
      sent.on('error', reject).on('continue', () => {
        ended.push(end())
        sent.end(JSON.stringify({ points: rows }))
      })
      sent.flushHeaders()
    })
    expect(JSON.parse(last)).toEqual({ outputs: expected })
    const { code, out } = await ended[0]!
    expect(await closed).toBe(1001)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ run: path, url, answered: 44 })
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })

  test('refuses what it cannot answer, by codes', async () => {
    const { url, end } = await served(`${folder}/mexican-hat`, '--max-body', '1')
    const codeOf = async (body: unknown, type?: string): Promise<unknown[]> => {
      const { status, content } = await post(url, body, type)
      return [status, content['code']]
    }
    expect(await codeOf({ points: [[1, 2, 3]] })).toEqual([400, 'SERVE_QUERY'])
    expect(await codeOf({ points: [] })).toEqual([400, 'SERVE_QUERY'])
    expect(await codeOf({ points: [['a', 1]] })).toEqual([400, 'SERVE_QUERY'])
    expect(await codeOf({ points: [[0, 0]], input: [1] })).toEqual([400, 'SERVE_QUERY'])
    expect(await codeOf({ rows: [[0, 0]] })).toEqual([400, 'SERVE_QUERY'])
    expect((await codeOf('{'))[0]).toBe(400)
    expect((await codeOf('x', 'application/x-npy'))[0]).toBe(400)
    expect(await codeOf('x', 'text/plain')).toEqual([415, 'SERVE_MEDIA_TYPE'])
    expect(await codeOf(' '.repeat(2 ** 20 + 1))).toEqual([413, 'SERVE_TOO_LARGE'])
    expect((await fetch(`${url}/other`)).status).toBe(404)
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', title: 'mexican-hat', answered: 0 })
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object; openapi: string }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual(['/predict', '/openapi.json', '/health'])
    const { port } = new URL(url)
    expect((await run('serve', `${folder}/mexican-hat`, '--port', port)).err).toMatch(
      /--port \d+: EADDRINUSE; give another/,
    )
    expect((await end()).code).toBe(0)
  })

  test('holds a bounded part of bodies that never end, and answers again when their clients are gone', async () => {
    const { url, end } = await served(`${folder}/mexican-hat`, '--max-body', '1')
    const silent = Array.from({ length: 40 }, () => {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': String(2 ** 20) }
      const client = request(`${url}/predict`, { method: 'POST', headers })
      client.on('error', () => undefined).write(' '.repeat(2 ** 20 - 1))
      return client
    })
    const refused = await Promise.race(
      silent.map(async (client) => {
        const [response] = (await once(client, 'response')) as [IncomingMessage]
        return [response.statusCode, JSON.parse(await readAll(response)) as unknown]
      }),
    )
    expect(refused).toEqual([503, expect.objectContaining({ code: 'SERVE_BUSY' })])
    for (const client of silent) client.destroy()
    const answer = async (): Promise<number> => (await post(url, { points: [[0, 0]] })).status
    await vi.waitFor(async () => expect(await answer()).toBe(200), 20_000)
    expect((await end()).code).toBe(0)
  })
})

describe('a WebSocket', () => {
  const open = async (url: string): Promise<WebSocket> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/predict`)
    await new Promise((resolve) => socket.once('open', resolve))
    return socket
  }
  const answeredBy = async (url: string): Promise<number> =>
    ((await (await fetch(`${url}/health`)).json()) as { readonly answered: number }).answered

  test('with an id of 200,000 nested lists is refused, and the server lives on', async () => {
    const { url, end } = await served(`${folder}/mexican-hat`)
    const socket = await open(url)
    const replies: unknown[] = []
    const both = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => replies.push(JSON.parse(data.toString())) === 2 && resolve())
    })
    socket.send(`{"id":${'['.repeat(200_000)}${']'.repeat(200_000)},"points":[[0,0]]}`)
    socket.send('{"id":2,"points":[[0,0]]}')
    await both
    expect(replies).toEqual(
      expect.arrayContaining([
        { code: 'SERVE_QUERY', message: expect.any(String) as unknown },
        { id: 2, outputs: [[expect.any(Number)]] },
      ]),
    )
    expect((await end()).code).toBe(0)
  })

  test('is ended when messages that never end fill the memory of all', async () => {
    const { url, end } = await served(`${folder}/mexican-hat`, '--max-body', '1')
    const silent = await Promise.all(Array.from({ length: 40 }, () => open(url)))
    const ended = Promise.race(
      silent.map((socket) =>
        once(
          socket.on('error', () => undefined),
          'close',
        ),
      ),
    )
    for (const socket of silent) socket.send(' '.repeat(2 ** 20 - 1), { fin: false })
    await ended
    for (const socket of silent) socket.terminate()
    const answer = async (): Promise<number> => (await post(url, { points: [[0, 0]] })).status
    await vi.waitFor(async () => expect(await answer()).toBe(200), 20_000)
    expect((await end()).code).toBe(0)
  })

  test('that reads no answers waits with its queries, and gets all answers once it reads', async () => {
    const { url, end } = await served(`${folder}/mexican-hat`)
    const socket = await open(url)
    // Together far more than the buffers of the system hold.
    const [queries, id] = [1500, 'x'.repeat(40_000)]
    let replies = 0
    const all = new Promise<void>((resolve) => socket.on('message', () => ++replies === queries && resolve()))
    socket.pause()
    for (let i = 0; i < queries; i++) socket.send(JSON.stringify({ id, points: [[0, 0]] }))
    // It stands still when a hundred requests of another client find no further answer.
    let [before, still] = [-1, 0]
    while (still < 100) {
      const now = await answeredBy(url)
      still = now === before && now > 0 ? still + 1 : 0
      before = now
    }
    expect(before).toBeLessThan(queries)
    socket.resume()
    await all
    expect(await answeredBy(url)).toBe(queries)
    socket.close()
    expect((await end()).code).toBe(0)
  })
})

test('an operator answers for one function, for several, and at its own points', async () => {
  const path = await trained(folder, 'poisson-1d')
  const sensors = Array.from({ length: 51 }, (_, i) => [-1 + i / 25])
  const rows = queries({ inputs: ['x'], domain: [[-1, 1]], sensors }, 3)
  const { values, coordinates } = await commanded(path, rows)
  const n = coordinates.length
  const expected = inRows(values, n).map((field) => inRows(field, 1))
  const { url, end } = await served(path)
  expect((await post(url, { input: rows })).content).toEqual({ outputs: expected })
  const points = [[coordinates[4]], [coordinates[9]]]
  expect((await post(url, { input: rows[1], points })).content).toEqual({
    outputs: [expected[1]![4], expected[1]![9]],
  })
  expect(await post(url, { points })).toMatchObject({ status: 400, content: { code: 'SERVE_QUERY' } })
  expect((await end()).code).toBe(0)
})
