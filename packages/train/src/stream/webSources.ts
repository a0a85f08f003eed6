/** Sources of a page for `learn`: a serial port, a Bluetooth characteristic, a WebSocket. */
import { SpikewardError } from '@spikeward/core'
import type { Sample } from './learner.js'

/** Makes a sample of what a source gives; null: it is no sample, and passed over. */
export type ReadSample<T> = (value: T) => Sample | null

/** The members in use of a `SerialPort` of Web Serial, which is open. */
export interface PortLike {
  /** Null once the device is unplugged; a new stream after an error that does not end it, such as a wrong parity. */
  readonly readable: ReadableStream<Uint8Array> | null
}

/** The members in use of a `BluetoothRemoteGATTCharacteristic` of Web Bluetooth. */
export interface CharacteristicLike extends EventTarget {
  readonly value?: DataView | undefined
  readonly service: { readonly device: EventTarget }
  startNotifications(): Promise<unknown>
  stopNotifications(): Promise<unknown>
}

/** The members in use of a `WebSocket`. */
export type SocketLike = Pick<WebSocket, 'OPEN' | 'addEventListener' | 'close' | 'readyState'>

/** Samples that are given at once, and those that may wait for a source that cannot be made to wait. */
const [MOST, WAITING] = [64, 65_536]
/** Characters of a line at most, so that a device without lines does not fill the memory. */
const LONGEST = 2 ** 20

/**
 * The samples of a serial port (Web Serial), one a line. The port waits while the learner is busy. The samples end with
 * the device; a loop that is left early releases the port, which stays open.
 *
 * @param port after `await port.open({ baudRate })`
 * @throws STREAM_SAMPLE for a line of more than 2²⁰ characters; the errors of `read`
 * @example
 * const samples = serialSamples(port, (line) => ({ x: [Number(line)], y: [Number(line)] }))
 * for await (const { prediction, error } of learn(samples, options)) show(prediction, error)
 */
export async function* serialSamples(
  port: PortLike,
  read: ReadSample<string>,
): AsyncGenerator<readonly Sample[], void> {
  let last: PortLike['readable'] = null
  for (let stream = port.readable; stream !== null && stream !== last; stream = port.readable) {
    last = stream
    const reader = stream.getReader()
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for (;;) {
        // A device that is unplugged rejects, as does an error after which the port has another stream.
        const { done, value } = await reader.read().catch(() => ({ done: null, value: undefined }))
        const lines = (rest + decoder.decode(value, { stream: done === false })).split('\n')
        // If the stream failed, its last line may be cut.
        rest = done === true ? '' : lines.pop()!
        if (rest.length > LONGEST)
          throw new SpikewardError(
            'STREAM_SAMPLE',
            `a line of the serial port has more than ${LONGEST} characters; check its speed (baudRate), and that the device ends its lines`,
          )
        const samples = lines.filter((line) => line.trim() !== '').flatMap((line) => read(line.trim()) ?? [])
        if (samples.length > 0) yield samples
        if (done !== false) break
      }
    } finally {
      await reader.cancel().catch(() => undefined)
      reader.releaseLock()
    }
  }
}

/**
 * The samples of a characteristic that notifies (Web Bluetooth), one for each value. They end when the device
 * disconnects; a loop that is left early stops the notifications.
 *
 * @throws STREAM_SOURCE if more than 65,536 values wait, since a device cannot be made to wait; the errors of `read`
 * @example
 * const samples = bluetoothSamples(heartRate, (value) => ({ x: [value.getUint8(1)], y: [value.getUint8(1)] }))
 */
export async function* bluetoothSamples(
  characteristic: CharacteristicLike,
  read: ReadSample<DataView>,
): AsyncGenerator<readonly Sample[], void> {
  yield* arriving('the Bluetooth device', ({ take, end, signal }) => {
    const onValue = (): void => take(() => (characteristic.value === undefined ? null : read(characteristic.value)))
    characteristic.addEventListener('characteristicvaluechanged', onValue, { signal })
    characteristic.service.device.addEventListener('gattserverdisconnected', () => end(), { signal })
    signal.addEventListener('abort', () => void characteristic.stopNotifications().catch(() => undefined))
    characteristic.startNotifications().catch((cause: unknown) => end(failure('the Bluetooth device', cause)))
  })
}

/**
 * The samples of a WebSocket, one for each message. They end with the connection; a loop that is left early closes it.
 *
 * @throws STREAM_SOURCE if the connection fails, or if more than 65,536 messages wait, since a page cannot make the
 *   sender wait; the errors of `read`
 * @example
 * const samples = socketSamples(new WebSocket('wss://example.org/sensor'), (message) => JSON.parse(String(message)))
 */
export async function* socketSamples(
  socket: SocketLike,
  read: ReadSample<unknown>,
): AsyncGenerator<readonly Sample[], void> {
  yield* arriving('the WebSocket', ({ take, end, signal }) => {
    socket.addEventListener('message', ({ data }) => take(() => read(data)), { signal })
    socket.addEventListener('error', () => end(failure('the WebSocket')), { signal })
    socket.addEventListener('close', () => end(), { signal })
    signal.addEventListener('abort', () => socket.close())
    if (socket.readyState > socket.OPEN) end()
  })
}

function failure(source: string, cause?: unknown): SpikewardError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new SpikewardError('STREAM_SOURCE', `${source} failed${why}; check that it is there, and connect again`, {
    cause,
  })
}

type Arrivals = {
  /** Puts a sample at the end of those that wait; an error ends them. */
  readonly take: (make: () => Sample | null) => void
  readonly end: (fault?: Error) => void
  /** Aborted when no more samples are wanted. */
  readonly signal: AbortSignal
}

/** The samples that events bring, in lists of those that wait. */
async function* arriving(
  source: string,
  listen: (arrivals: Arrivals) => void,
): AsyncGenerator<readonly Sample[], void> {
  const stop = new AbortController()
  const waiting: Sample[] = []
  let ended: { readonly fault: Error | undefined } | null = null
  let wake = (): void => undefined
  const end = (fault?: Error): void => {
    ended ??= { fault }
    wake()
  }
  const take = (make: () => Sample | null): void => {
    if (ended !== null) return
    try {
      const sample = make()
      if (sample !== null && waiting.push(sample) > WAITING)
        throw new SpikewardError(
          'STREAM_SOURCE',
          `${waiting.length} samples of ${source} wait, as it sends faster than the network learns; send fewer, or take a smaller network`,
        )
      wake()
    } catch (fault) {
      end(fault instanceof Error ? fault : new Error(String(fault)))
    }
  }
  listen({ take, end, signal: stop.signal })
  try {
    for (;;) {
      while (waiting.length > 0) yield waiting.splice(0, MOST)
      // `ended` changes in events, which the compiler does not see.
      const state = ended as { readonly fault: Error | undefined } | null
      if (state?.fault !== undefined) throw state.fault
      if (state !== null) return
      await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stop.abort()
  }
}
