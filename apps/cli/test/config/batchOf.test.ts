/** The default batch is reduced to the number of training points of the problem. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configOf } from '../../src/config/configOf.js'
import type { TrainOptions } from '../../src/config/trainOptions.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-batch-'))
const own = join(folder, 'line.mjs')

beforeAll(() =>
  writeFileSync(
    own,
    `const points = () => ({ count: 12, x: new Float64Array(12), y: new Float64Array(12) })
    export const line = () => ({ kind: 'regression', name: 'line', inputs: 1, outputs: 1, domain: [[0, 1]], points })`,
  ),
)
afterAll(() => rmSync(folder, { recursive: true }))

const batch = async (problem: string, options: Partial<TrainOptions> = {}): Promise<number> => {
  const basic = { key: 0, backend: 'reference', json: false, quiet: true } as TrainOptions
  return (await configOf(problem, { ...basic, ...options }, { err: () => undefined })).batch
}

test('a problem of the user’s own with few points has all of them in a batch', async () => {
  expect(await batch(`${own}#line`)).toBe(12)
})

test('so has a problem with fewer points than usual', async () => {
  const usual = await batch('parabola')
  expect(await batch('parabola', { declared: { train: usual - 1 } })).toBe(usual - 1)
  expect(await batch('parabola', { declared: { train: usual + 1 } })).toBe(usual)
})

test('a batch of the command line stays, and is checked later', async () => {
  expect(await batch(`${own}#line`, { batch: 20 })).toBe(20)
})
