import { open, stat } from 'node:fs/promises'
import { type Readable, addAbortSignal } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { SpikewardError, key as keyOf } from '@spikeward/core'
import { fileError, reading } from '@spikeward/core/node'
import { type ExampleStream, exampleStreams } from '@spikeward/problems'

/** How a source is read. */
export interface SourceOptions {
  /** Whether to wait at the end of a file for lines that are appended. */
  readonly follow?: boolean
  /** Ends the text without an error. */
  readonly signal?: AbortSignal
}

const CHUNK = 65536
const PAUSE = 50

const isWebSocket = (source: string): boolean => /^wss?:\/\//i.test(source)

/**
 * A source as messages and states may show it: a URL without user, password, query and fragment; another source as it
 * is.
 *
 * @throws STREAM_SOURCE for a URL that cannot be parsed, or is not of a WebSocket; the message does not show it
 */
export function withoutSecrets(source: string): string {
  if (!/^[a-z][\w+.-]*:\/\//i.test(source)) return source
  if (!isWebSocket(source) || !URL.canParse(source))
    throw new SpikewardError(
      'STREAM_SOURCE',
      'a URL to learn from is ws://host:port/path or wss://host:port/path; write %2F for / and %40 for @ in a password',
    )
  return source.replace(/(?<=:\/\/)[^/?#\\]*@/, '').replace(/[?#].*/s, '')
}

const EXAMPLE = 'example:'

/**
 * The built-in stream that a source names; null for another source.
 *
 * @throws STREAM_SOURCE for a name that there is not
 */
function exampleOf(source: string): ExampleStream | null {
  if (!source.startsWith(EXAMPLE)) return null
  const example = Object.entries(exampleStreams).find(([name]) => source === `${EXAMPLE}${name}`)
  if (example !== undefined) return example[1]
  const known = Object.keys(exampleStreams).map((name) => `${EXAMPLE}${name}`)
  throw new SpikewardError('STREAM_SOURCE', `there is no ${source}; built in are ${known.join(', ')}`)
}

/** Whether the source begins anew each time that it is opened, so that samples that are known are there again. */
export const isRepeatable = async (source: string): Promise<boolean> =>
  exampleOf(source) !== null ||
  (source !== '-' && !isWebSocket(source) && (await reading(source, () => stat(source))).isFile())

/**
 * The text of a source in pieces: standard input (`-`), a built-in `example:NAME`, a file, a pipe or a device
 * such as a serial port by its path, or the messages of a WebSocket (`ws://…`), each a line or several. A piece is read
 * when the last one has been taken, so that a fast source waits.
 *
 * @throws FILE_UNREADABLE; STREAM_SOURCE for an example that there is not, if a file that is followed was replaced or
 *   cut, or if a WebSocket fails
 */
export async function* readText(source: string, options: SourceOptions = {}): AsyncGenerator<string, void> {
  const { follow = false, signal } = options
  const example = exampleOf(source)
  if (example !== null) yield* exampleRows(example)
  else if (isWebSocket(source)) yield* messages(source, signal)
  else if (follow && source !== '-') yield* growing(source, signal)
  else if (source === '-') yield* pieces(process.stdin.setEncoding('utf8'), signal, (error) => fileError(source, error))
  else yield* opened(source, signal)
}

/** A file, a pipe or a device; a device that was unplugged has ended. */
async function* opened(source: string, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
  const file = await reading(source, () => open(source))
  const isDevice = (await file.stat()).isCharacterDevice()
  try {
    yield* pieces(file.createReadStream().setEncoding('utf8'), signal, (error) => error)
  } catch (error) {
    if (!isDevice || (error as NodeJS.ErrnoException).code !== 'EIO') throw fileError(source, error)
  }
}

async function* pieces(
  input: Readable,
  signal: AbortSignal | undefined,
  asFault: (error: unknown) => unknown,
): AsyncGenerator<string, void> {
  if (signal !== undefined) addAbortSignal(signal, input)
  try {
    for await (const piece of input) yield piece as string
  } catch (error) {
    if (signal?.aborted !== true) throw asFault(error)
  }
}

async function* growing(path: string, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
  const file = await reading(path, () => open(path))
  const decoder = new StringDecoder('utf8')
  const buffer = Buffer.alloc(CHUNK)
  let position = 0
  try {
    while (signal?.aborted !== true) {
      const { bytesRead } = await reading(path, () => file.read(buffer, 0, CHUNK, position))
      position += bytesRead
      if (bytesRead > 0) yield decoder.write(buffer.subarray(0, bytesRead))
      else {
        const [own, now] = [await file.stat(), await stat(path).catch(() => null)]
        if (own.size < position || now?.ino !== own.ino)
          throw new SpikewardError(
            'STREAM_SOURCE',
            `${path} was ${own.size < position ? 'cut' : 'replaced or removed'} while it was followed; start again with the file that is there now`,
          )
        await sleep(PAUSE, undefined, { ...(signal === undefined ? {} : { signal }) }).catch(() => undefined)
      }
    }
  } finally {
    await file.close()
  }
}

/** The client is `ws`, since that of Node 22 cannot make the sender wait. */
async function* messages(url: string, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
  const { WebSocket, createWebSocketStream } = await import('ws')
  const shown = withoutSecrets(url)
  const input = createWebSocketStream(new WebSocket(url), { readableObjectMode: true, encoding: 'utf8' })
  const fault = (error: unknown): SpikewardError =>
    new SpikewardError(
      'STREAM_SOURCE',
      `${shown} failed: ${error instanceof Error ? error.message : String(error)}; check that the server runs and sends text`,
      { cause: error },
    )
  for await (const piece of pieces(input, signal, fault)) yield `${piece}\n`
}

const SAMPLES = 60_000
const AT_ONCE = 64

/**
 * The rows of `--source example:NAME` of {@link exampleStreams}: a column `t` and those of the stream; a missing number
 * is empty.
 */
async function* exampleRows({ columns, rows }: ExampleStream): AsyncGenerator<string, void> {
  let [t, text] = [0, `${['t', ...columns].join()}\n`]
  for await (const row of rows(keyOf(0), SAMPLES)) {
    text += `${[t, ...Array.from(row)].map((v) => (Number.isNaN(v) ? '' : Number(v.toPrecision(6)))).join()}\n`
    if (++t % AT_ONCE > 0 && t < SAMPLES) continue
    yield text
    text = ''
  }
}
