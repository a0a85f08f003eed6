/** Sources of a page, with fakes of its interfaces. */
import { describe, expect, it } from 'vitest'
import { type Sample, bluetoothSamples, serialSamples, socketSamples } from '@spikeward/train'

const row = (line: string): Sample | null => (line.startsWith('#') ? null : { x: [Number(line)], y: [Number(line)] })
async function numbers(samples: AsyncIterable<readonly Sample[]>): Promise<number[]> {
  const all: number[] = []
  for await (const list of samples) all.push(...list.map(({ x }) => x[0]!))
  return all
}

describe('a serial port', () => {
  /** A stream of pieces, which then closes, or fails as a port does. */
  const stream = (pieces: readonly string[], fault?: string) => {
    let at = 0
    return new ReadableStream<Uint8Array>(
      {
        pull(control) {
          if (at < pieces.length) control.enqueue(new TextEncoder().encode(pieces[at++]))
          else if (fault === undefined) control.close()
          else control.error(new DOMException('gone', fault))
        },
      },
      { highWaterMark: 0 },
    )
  }
  it('gives a sample for each line, in whatever pieces it comes, and passes over those that are none', async () => {
    const port = { readable: stream(['1\r\n2\n#', ' hello\n3', '.5\n\n4']) }
    expect(await numbers(serialSamples(port, row))).toEqual([1, 2, 3.5, 4])
  })
  it('continues after an error of the line, and ends when the device is unplugged, without half a line', async () => {
    // The port has its next stream once one has failed.
    const streams = [stream(['1\n2'], 'ParityError'), stream(['3\n4'], 'NetworkError')]
    const port = {
      get readable() {
        return streams.shift() ?? null
      },
    }
    expect(await numbers(serialSamples(port, row))).toEqual([1, 3])
  })
  it('releases the port when the loop is left, and reads no further', async () => {
    const port = { readable: stream(['1\n', '2\n', '3\n']) }
    for await (const [sample] of serialSamples(port, row)) if (sample!.x[0] === 2) break
    expect(port.readable.locked).toBe(false)
  })
  it('refuses a device that sends no lines', async () => {
    const port = { readable: stream(['7'.repeat(2 ** 20), '77']) }
    await expect(numbers(serialSamples(port, row))).rejects.toMatchObject({ code: 'STREAM_SAMPLE' })
    expect(port.readable.locked).toBe(false)
  })
})

describe('a characteristic', () => {
  class Characteristic extends EventTarget {
    value?: DataView
    readonly service = { device: new EventTarget() }
    notifies = false
    async startNotifications(): Promise<void> {
      this.notifies = true
    }
    async stopNotifications(): Promise<void> {
      this.notifies = false
    }
    notify(...values: readonly number[]): void {
      for (const value of values) {
        this.value = new DataView(Uint8Array.of(value).buffer)
        this.dispatchEvent(new Event('characteristicvaluechanged'))
      }
    }
    disconnect(): void {
      this.service.device.dispatchEvent(new Event('gattserverdisconnected'))
    }
  }
  const byte = (value: DataView): Sample => ({ x: [value.getUint8(0)], y: [NaN] })
  it('gives all values that wait at once, and ends when the device disconnects', async () => {
    const one = new Characteristic()
    const samples = bluetoothSamples(one, byte)
    const first = samples.next()
    expect(one.notifies).toBe(true)
    one.notify(7)
    expect((await first).value).toMatchObject([{ x: [7] }])
    one.notify(8, 9)
    one.disconnect()
    one.notify(10)
    expect(await numbers(samples)).toEqual([8, 9])
    expect(one.notifies).toBe(false)
  })
  it('stops the notifications when the loop is left, and states why they cannot start', async () => {
    const one = new Characteristic()
    const samples = bluetoothSamples(one, byte)
    const first = samples.next()
    one.notify(1)
    await first
    await samples.return()
    expect(one.notifies).toBe(false)
    const refused = new Characteristic()
    refused.startNotifications = async () => {
      throw new DOMException('GATT operation not permitted.', 'NotSupportedError')
    }
    await expect(numbers(bluetoothSamples(refused, byte))).rejects.toThrow(/not permitted/)
  })
  it('ends with an error where more values wait than memory should hold', async () => {
    const one = new Characteristic()
    const samples = bluetoothSamples(one, byte)
    const first = samples.next()
    for (let i = 0; i < 70_000; i++) one.notify(i % 256)
    await first
    await expect(numbers(samples)).rejects.toMatchObject({ code: 'STREAM_SOURCE' })
  })
})

describe('a WebSocket', () => {
  class Socket extends EventTarget {
    readonly OPEN = 1
    readyState: 1 | 3 = 1
    close(): void {
      this.readyState = 3
    }
    message(data: string): void {
      this.dispatchEvent(new MessageEvent('message', { data }))
    }
  }
  const open = () => {
    const socket = new Socket()
    return { socket, samples: socketSamples(socket, (data) => row(String(data))) }
  }
  it('gives a sample for each message, and ends with the connection', async () => {
    const { socket, samples } = open()
    const all = numbers(samples)
    for (const message of ['1', '# a note', '2']) socket.message(message)
    socket.dispatchEvent(new Event('close'))
    expect(await all).toEqual([1, 2])
  })
  it('closes the connection when the loop is left, and ends at once where it was closed before', async () => {
    const { socket, samples } = open()
    const first = samples.next()
    socket.message('1')
    await first
    await samples.return()
    expect(socket.readyState).toBe(3)
    expect(await numbers(socketSamples(socket, () => null))).toEqual([])
  })
  it('ends with an error if the connection fails, or if a message cannot be read', async () => {
    const one = open()
    const failed = numbers(one.samples)
    one.socket.dispatchEvent(new Event('error'))
    await expect(failed).rejects.toMatchObject({ code: 'STREAM_SOURCE' })
    const { socket } = open()
    const unread = numbers(socketSamples(socket, (data) => JSON.parse(String(data)) as Sample))
    socket.message('{')
    await expect(unread).rejects.toThrow(SyntaxError)
    expect(socket.readyState).toBe(3)
  })
})
