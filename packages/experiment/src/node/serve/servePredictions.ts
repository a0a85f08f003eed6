/** A trained network over HTTP and WebSockets. */
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Backend, SpikewardError, isRecord, parseJson } from '@spikeward/core'
import type { Exportable } from '@spikeward/export'
import { messageOf, usageError } from '../../usage/usageError.js'
import { openApi } from './openApi.js'
import { NPY, predictor, queryReader } from './query.js'

/** Options of {@link servePredictions}. */
export type ServeOptions = {
  readonly backend: Backend
  /** The address to listen at; only 127.0.0.1 refuses requests under the name of another host. */
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** The most bytes of a body or message. */
  readonly largest: number
  /** The points of a query to an operator that names none, flat. */
  readonly usual: Float64Array
  /** The version of Spikeward, for the document. */
  readonly version: string
  /** Called with an error that is no fault of a query: the client learns only that the prediction failed. */
  readonly onFault: (error: unknown) => void
}

/** A server that listens. */
export type PredictionServer = {
  readonly url: string
  /** Queries that were answered. */
  readonly answered: number
  /** Takes no more requests, answers those that wait, and ends. */
  close(): Promise<void>
}

/** The queries of a WebSocket wait while its client has not read this many bytes of answers. */
const MOST_UNREAD = 2 ** 20
/** Queries and answers in memory, in bodies of the largest size: those of clients that neither write nor read on. */
const MOST_HELD = 16
/** A client that neither writes nor reads for this long is left, in milliseconds. */
const LONGEST_SILENCE = 300_000

const statuses: Readonly<Record<string, number>> = {
  SERVE_QUERY: 400,
  SERVE_TOO_LARGE: 413,
  SERVE_MEDIA_TYPE: 415,
  SERVE_BUSY: 503,
}

const statusOf = (error: unknown): number => (error instanceof SpikewardError ? (statuses[error.code] ?? 400) : 500)

async function bodyOf(request: IncomingMessage, largest: number, hold: (bytes: number) => void): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > largest)
      throw new SpikewardError(
        'SERVE_TOO_LARGE',
        `the body has more than ${largest} bytes; ask for fewer rows at a time`,
      )
    hold(part.length)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/**
 * Serves the predictions of a network: POST /predict (JSON or .npy, also a WebSocket), GET /openapi.json, GET /health.
 *
 * @throws CLI_USAGE if it cannot listen there
 */
export async function servePredictions(network: Exportable, options: ServeOptions): Promise<PredictionServer> {
  const { backend, host, port, largest, usual, version, onFault } = options
  const predict = predictor(network, backend)
  const reader = queryReader(network, usual)
  const document = openApi(network, version)
  let answered = 0
  const reported = (error: unknown): { readonly code: string; readonly message: string } => {
    if (error instanceof SpikewardError) return { code: error.code, message: messageOf(error) }
    onFault(error)
    return { code: 'SERVE_FAULT', message: 'the prediction failed' }
  }
  /** Others may read what a machine serves to itself by a name that they let point to it. */
  const isStrange = ({ headers }: IncomingMessage): boolean =>
    host === '127.0.0.1' && !/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')

  const send = (response: ServerResponse, status: number, content: unknown, type = 'application/json'): void => {
    const body = content instanceof Uint8Array ? content : JSON.stringify(content)
    const headers = { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' }
    const ends = status === 413 || status === 503
    response.writeHead(status, ends ? { ...headers, Connection: 'close' } : headers).end(body)
  }

  let waiting = 0
  /** Counts bytes in memory until they are left; refuses more than all clients may hold together. */
  const holding = (): { hold(bytes: number): void; leave(): void } => {
    let own = 0
    return {
      hold(bytes) {
        if (waiting + bytes > MOST_HELD * largest)
          throw new SpikewardError(
            'SERVE_BUSY',
            `${waiting} bytes of queries and answers wait for their clients; ask again later, or for fewer rows`,
          )
        waiting += bytes
        own += bytes
      },
      leave() {
        waiting -= own
        own = 0
      },
    }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
    if (type !== 'application/json' && type !== NPY)
      throw new SpikewardError(
        'SERVE_MEDIA_TYPE',
        `the body is ${type || 'of no type'}; send application/json or ${NPY}`,
      )
    const own = holding()
    let isGone = false
    response.on('close', () => {
      isGone = true
      own.leave()
    })
    const hold = (bytes: number): void => {
      if (!isGone) own.hold(bytes)
    }
    const body = await bodyOf(request, largest, hold)
    const wanted = type === NPY ? reader.npy(body) : reader.json(body.toString('utf8'))
    const reply = await predict.ask(wanted)
    const content =
      type === NPY ? reader.array(reply, wanted) : Buffer.from(JSON.stringify({ outputs: reader.rows(reply, wanted) }))
    hold(content.length)
    answered++
    send(response, 200, content, type)
  }

  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void | Promise<void>>> =
    {
      'POST /predict': answer,
      'GET /openapi.json': (_, response) => send(response, 200, document),
      'GET /health': (_, response) => send(response, 200, { status: 'ok', title: network.title, answered }),
    }
  const server = createServer((request, response) => {
    if (isStrange(request))
      return send(response, 403, { code: 'SERVE_HOST', message: 'ask for 127.0.0.1 or localhost' })
    const path = (request.url ?? '').split('?')[0]!
    const route = routes[`${request.method ?? ''} ${path}`]
    if (route === undefined)
      return send(response, 404, { code: 'SERVE_PATH', message: `there are ${Object.keys(routes).join(', ')}` })
    Promise.resolve(route(request, response)).catch((error: unknown) => {
      const content = reported(error)
      if (!response.headersSent) send(response, statusOf(error), content)
    })
  })
  // A client that never ends its request does not keep the server from ending.
  server.requestTimeout = 30_000
  server.timeout = LONGEST_SILENCE
  // Loaded by a server alone: every command loads this module.
  const { WebSocketServer } = await import('ws')
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largest })
  server.on('upgrade', (request, socket, head) => {
    if (isStrange(request) || request.url !== '/predict') return void socket.destroy()
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate())
      // The parts of a message that has not ended.
      const parts = holding()
      client.on('close', parts.leave)
      client.on('message', parts.leave)
      socket.on('data', (part: Buffer) => {
        try {
          parts.hold(part.length)
        } catch {
          client.terminate()
        }
      })
      client.on('message', (message: Buffer, isBinary) => {
        const text = message.toString('utf8')
        const { hold, leave } = holding()
        const one = async (): Promise<object> => {
          hold(message.length)
          if (isBinary) throw new SpikewardError('SERVE_MEDIA_TYPE', 'the message is binary; send JSON as text')
          const wanted = reader.json(text)
          const reply = await predict.ask(wanted)
          hold(reply.byteLength)
          answered++
          return { outputs: reader.rows(reply, wanted) }
        }
        void one()
          .catch((error: unknown) => reported(error))
          .then((content) => {
            // A client that reads slowly waits with its next query.
            client.send(JSON.stringify({ ...idOf(text), ...content }), () => {
              leave()
              if (client.bufferedAmount < MOST_UNREAD) client.resume()
            })
            if (client.bufferedAmount >= MOST_UNREAD) client.pause()
          })
      })
    })
  })
  server.listen(port, host)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      'CLI_USAGE',
      `--port ${port}: ${error.code ?? error.message}; give another port, or 0 for a free one`,
      error,
    )
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    get answered() {
      return answered
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      await predict.idle()
      for (const client of sockets.clients) client.close(1001, 'the server ends')
      server.closeIdleConnections()
      await closed
      predict[Symbol.dispose]()
    },
  }
}

function idOf(text: string): { readonly id?: unknown } {
  try {
    const query = parseJson(text)
    return isRecord(query) && 'id' in query ? { id: query['id'] } : {}
  } catch {
    return {}
  }
}
