/** Defaults are reduced to the number of training points or functions of the problem. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configOf } from '../../src/config/configOf.js'
import type { TrainConfig, TrainOptions } from '../../src/config/trainConfig.js'

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

const configured = (problem: string, options: Partial<TrainOptions>, notes: string[] = []): Promise<TrainConfig> => {
  const basic = { key: 0, backend: 'reference', json: false, quiet: true } as TrainOptions
  return configOf(problem, { ...basic, ...options }, { err: (text) => notes.push(text) })
}

const batch = async (problem: string, options: Partial<TrainOptions> = {}, notes: string[] = []): Promise<number> =>
  (await configured(problem, options, notes)).batch

test('a problem of the user’s own with few points has all of them in a batch, with a note', async () => {
  const notes: string[] = []
  expect(await batch(`${own}#line`, {}, notes)).toBe(12)
  expect(notes).toContain('note: 12 training points; the batch is reduced from 100 to that number\n')
})

test('so has a problem with fewer points than usual, by a flag or in parentheses', async () => {
  const usual = await batch('parabola')
  expect(await batch('parabola', { declared: { train: usual - 2 } })).toBe(usual - 2)
  expect(await batch('parabola', { declared: { train: usual + 2 } })).toBe(usual)
  expect(await batch(`parabola(train=${usual - 4})`)).toBe(usual - 4)
  // The option in parentheses overrides the flag.
  expect(await batch(`parabola(train=${usual - 4})`, { declared: { train: usual - 2 } })).toBe(usual - 4)
})

test('points are counted where the option is their number along each axis', async () => {
  expect(await batch('mexican-hat', { declared: { train: 20 } })).toBe(await batch('mexican-hat'))
  expect(await batch('mexican-hat', { declared: { train: 4 } })).toBe(16)
})

test('a batch of the command line stays, and is checked later', async () => {
  expect(await batch(`${own}#line`, { batch: 20 })).toBe(20)
})

test('a basis of few solutions has a mode for each, with a note; features that are given stay', async () => {
  const notes: string[] = []
  const few = { declared: { train: 12 } }
  expect((await configured('darcy-2d', few, notes)).features).toBe(12)
  expect(notes).toContain('note: 12 training functions; the number of features is reduced from 100 to that number\n')
  expect((await configured('darcy-2d', { ...few, features: 20 })).features).toBe(20)
  // A trunk has as many features as it is given.
  expect((await configured('poisson-1d', few)).features).toBe((await configured('poisson-1d', {})).features)
})
