import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadShards } from '@spikeward/problems/node'
import { measureStream } from '../src/streaming/measureStream.js'
import { writeFunctions } from '../src/streaming/writeFunctions.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-bench-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('writes functions with their antiderivatives', async () => {
  await writeFunctions(folder, { functions: 5, sensors: 101, points: 101 }, () => undefined)
  const problem = await loadShards(folder, { split: { validation: 0, test: 0 } })
  const { sensors, values } = await problem.data('train')
  for (let r = 0; r < 5; r++) {
    let integral = 0
    for (let i = 1; i < 101; i++) {
      integral += (sensors[r * 101 + i]! + sensors[r * 101 + i - 1]!) / 200
      expect(Math.abs(values[r * 101 + i]! - integral)).toBeLessThan(1e-2)
    }
  }
})

test('counts as many bytes read as are stored, and leaves nothing behind', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('spikeward-stream-'))
  const size = { functions: 60, sensors: 8, points: 10 }
  const step = { batch: 4, width: 4, time: 2, drawn: 5, backend: 'reference', threads: 1 }
  const { result } = await measureStream({ ...size, ...step }, { out: () => undefined, err: () => undefined })
  expect(result).toMatchObject({ storedBytes: 60 * 72, readBytes: 60 * 72, readFunctions: 60, steps: 15 })
  expect(result.peakResidentBytes).toBeGreaterThan(result.residentBefore)
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('spikeward-stream-'))).toEqual(before)
})
