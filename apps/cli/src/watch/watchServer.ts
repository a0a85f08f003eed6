import { type ServerResponse, createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { page, script } from './watchPage.js'
import { usageError } from '@spikeward/experiment'

/** A page on this machine that shows what is sent to it. */
export type WatchServer = {
  readonly url: string
  /**
   * Sends named data, JSON; a page that opens later gets the newest of each name. A page that reads slowly skips older
   * data of a name, so that it holds at most one event in memory, which all pages share.
   */
  send(name: string, data: unknown): void
  close(): Promise<void>
}

const security = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

const asEvent = (name: string, data: unknown): Buffer =>
  Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)

/**
 * Serves the page on 127.0.0.1 alone, by server-sent events. Requests under another host name are refused, so that no
 * page of another site reads a run.
 */
export async function openWatchServer(port: number): Promise<WatchServer> {
  const newest = new Map<string, Buffer>()
  /** The open pages, each with the names of data that it has not been sent. */
  const open = new Map<ServerResponse, Set<string>>()
  /** Writes what is waiting, as far as the page reads it; the event `drain` continues. */
  const flush = (response: ServerResponse, waiting: Set<string>): void => {
    for (const name of waiting) {
      if (response.writableNeedDrain) return
      waiting.delete(name)
      response.write(newest.get(name)!)
    }
  }
  const server = createServer((request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '')
    if (host !== '127.0.0.1' && host !== 'localhost') return void response.writeHead(403).end()
    if (request.url === '/') {
      response.writeHead(200, { ...security, 'Content-Type': 'text/html; charset=utf-8' }).end(page)
    } else if (request.url === '/watch.js') {
      response.writeHead(200, { ...security, 'Content-Type': 'text/javascript; charset=utf-8' }).end(script)
    } else if (request.url === '/events') {
      response.writeHead(200, { ...security, 'Content-Type': 'text/event-stream' })
      const waiting = new Set(newest.keys())
      open.set(response, waiting)
      response.on('drain', () => flush(response, waiting))
      response.on('close', () => open.delete(response))
      flush(response, waiting)
    } else {
      response.writeHead(404).end()
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      'CLI_USAGE',
      `--watch ${port}: ${error.code ?? error.message}; leave out the port to take a free one`,
      error,
    )
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    send(name, data) {
      newest.set(name, asEvent(name, data))
      for (const [response, waiting] of open) flush(response, waiting.add(name))
    },
    async close() {
      for (const [response, waiting] of open) {
        for (const name of waiting) response.write(newest.get(name)!)
        response.end()
      }
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => undefined)
    },
  }
}
