import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fit } from '@spikeward/train'
import { logTensorboard, openTensorboardFile } from '@spikeward/train/node'
import { crc32c, maskedCrc } from '../../src/node/tensorboard/eventRecords.js'
import type { Snapshot } from '../../src/index.js'
import { smallRun } from '../fixtures.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-tb-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A field of a message: its number, and a number or bytes. */
type Field = { readonly field: number; readonly value: number | Uint8Array }

/** Reads a message by the wire format, independently of the writer. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  const found: Field[] = []
  while (at < bytes.length) {
    const head = varint()
    const [field, wire] = [head >>> 3, head & 7]
    if (wire === 0) found.push({ field, value: varint() })
    else if (wire === 1) found.push({ field, value: view.getFloat64((at += 8) - 8, true) })
    else if (wire === 5) found.push({ field, value: view.getFloat32((at += 4) - 4, true) })
    else {
      const length = varint()
      found.push({ field, value: bytes.subarray(at, (at += length)) })
    }
  }
  return found
}

const text = (value: number | Uint8Array | undefined): string => new TextDecoder().decode(value as Uint8Array)

/** The messages of a file; throws if a checksum is wrong. */
function recordsOf(path: string): Field[][] {
  const bytes = readFileSync(path)
  const found: Field[][] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at))
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data))
    found.push(fieldsOf(data))
    at += 16 + length
  }
  return found
}

/** step, name and value of every scalar of a file. */
const scalarsOf = (path: string): [number, string, number][] =>
  recordsOf(path).flatMap((event) => {
    const step = (event.find(({ field }) => field === 2)?.value ?? 0) as number
    const summary = event.find(({ field }) => field === 5)?.value as Uint8Array | undefined
    if (summary === undefined) return []
    return fieldsOf(summary).map(({ value }): [number, string, number] => {
      const [name, number] = fieldsOf(value as Uint8Array)
      return [step, text(name?.value), number?.value as number]
    })
  })

describe('checksums', () => {
  test('CRC-32C has the values of RFC 3720, appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a91_36aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8_ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd_794e)
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe306_9283)
  })

  test('the head of the first record of an event file that TensorFlow writes', () => {
    const head = Buffer.alloc(8)
    head.writeBigUInt64LE(24n)
    const masked = Buffer.alloc(4)
    masked.writeUInt32LE(maskedCrc(head))
    expect(masked.toString('latin1')).toBe('\xa3\x7fK"')
  })
})

describe('an event file', () => {
  test('begins with its version and holds every number at its step', async () => {
    const file = await openTensorboardFile(join(folder, 'a'))
    await file.scalars(0, { 'loss/training': 0.5 })
    await file.scalars(3_000_000_000, { 'loss/training': 0.25, 'rate/layer 1': Number.NaN })
    await file[Symbol.asyncDispose]()
    expect(file.path).toMatch(/events\.out\.tfevents\.\d{10}\./)
    const [first] = recordsOf(file.path)
    expect(text(first?.find(({ field }) => field === 3)?.value)).toBe('brain.Event:2')
    expect(scalarsOf(file.path)).toEqual([
      [0, 'loss/training', 0.5],
      [3_000_000_000, 'loss/training', 0.25],
      [3_000_000_000, 'rate/layer 1', Number.NaN],
    ])
  })

  test('of a resumed run says twice where it begins again: the server of TensorBoard ignores the first start of a run', async () => {
    const file = await openTensorboardFile(join(folder, 'a'), { after: 20 })
    await file[Symbol.asyncDispose]()
    const [, ...starts] = recordsOf(file.path)
    expect(starts.map((event) => event.find(({ field }) => field === 2)?.value)).toEqual([21, 21])
    for (const event of starts)
      expect(fieldsOf(event.find(({ field }) => field === 7)?.value as Uint8Array)).toEqual([{ field: 1, value: 1 }])
  })
})

test('logTensorboard writes the metrics and validations of a run and passes its events on', async () => {
  const events: string[] = []
  const losses: number[] = []
  const run = fit(smallRun({ steps: 4, every: 1, validateEvery: 2 }))
  const also = ({ type }: { readonly type: string }) => (type === 'validation' ? { 'rate/layer 1': 0.25 } : null)
  for await (const e of logTensorboard(join(folder, 'run'), run, { also })) {
    events.push(e.type)
    if (e.type === 'metrics') losses.push(Math.fround(e.loss))
  }
  expect(events.at(0)).toBe('start')
  expect(events.at(-1)).toBe('end')
  const [name = ''] = readdirSync(join(folder, 'run'))
  const found = scalarsOf(join(folder, 'run', name))
  expect(found.filter(([, tag]) => tag === 'loss/training').map(([step, , value]) => [step, value])).toEqual(
    losses.map((loss, i) => [i + 1, loss]),
  )
  expect(found.filter(([, tag]) => tag === 'error/validation relative L2').map(([step]) => step)).toEqual([2, 4])
  expect(found.filter(([, tag]) => tag === 'rate/layer 1').map(([step, , value]) => [step, value])).toEqual([
    [2, 0.25],
    [4, 0.25],
  ])
})

test('a run in two parts writes one event file, with the steps of both', async () => {
  const parts = join(folder, 'parts')
  const file = await openTensorboardFile(parts)
  let resume: Snapshot | undefined
  for (const steps of [2, 4]) {
    const run = fit({ ...smallRun({ steps, every: 1 }), ...(resume === undefined ? {} : { resume }) })
    for await (const e of logTensorboard(file, run)) if (e.type === 'end') resume = e.snapshot
  }
  await file[Symbol.asyncDispose]()
  const [name = '', ...others] = readdirSync(parts)
  expect(others).toEqual([])
  const losses = scalarsOf(join(parts, name)).filter(([, tag]) => tag === 'loss/training')
  expect(losses.map(([step]) => step)).toEqual([1, 2, 3, 4])
})
