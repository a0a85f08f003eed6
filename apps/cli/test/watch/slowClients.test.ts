/** Clients of the page of a run that do not read: they must not fill the memory of the training. */
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openWatchServer } from '../../src/watch/watchServer.js'

const CLIENTS = 300
const EVENTS = 40
const figure = (n: number): string => `${n}:${'x'.repeat(1 << 18)}`

/** A client that asks for events, and reads none. */
async function silent(url: string): Promise<Socket> {
  const { port, host } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  socket.pause()
  socket.write(`GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  return socket
}

/** Bytes of buffers and of objects of this process. */
const used = (): number => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

test('300 clients that do not read hold a few figures in memory, and get the newest ones when they read', async () => {
  const server = await openWatchServer(0)
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => silent(server.url)))
  const before = used()
  for (let n = 0; n < EVENTS; n++) {
    server.send('loss', figure(n))
    server.send('status', `step ${n}`)
    for (let i = 0; i < 5; i++) await turn()
  }
  // 300 clients times 40 figures are 3 GB; a quarter of a megabyte is one figure.
  expect((used() - before) / 2 ** 20).toBeLessThan(150)
  const [reader] = clients
  let text = ''
  reader!.setEncoding('utf8').on('data', (part: string) => (text += part))
  reader!.resume()
  await expect.poll(() => text.includes(`data: "step ${EVENTS - 1}"`)).toBe(true)
  expect(text).toContain(`data: "${EVENTS - 1}:xxx`)
  // The kernel took some figures before its buffers were full.
  expect(text.match(/^event: loss$/gm)!.length).toBeLessThan(EVENTS)
  for (const client of clients) client.destroy()
  await server.close()
})
