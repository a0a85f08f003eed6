import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type { Plan, TypedArray } from '@spikeward/core/backend'
import { native, type InstructionSet } from '../../src/index.js'
import { networkPlan, numbers } from '../cases.js'
import { instructionSets, reason } from '../setup.js'

const plan = networkPlan(130, 37, 96, 8, 5)
// Enough rows for the steps to run tile by tile: two products with a scan between them.
const tiled = networkPlan(515, 37, 96, 8, 3, false)
const inputsOf = (p: Plan): TypedArray[] =>
  p.slots.flatMap((slot, i) => (slot.kind === 'input' ? [numbers(slot.size, i + 1)] : []))

/** A digest of the bits of every output: comparing millions of elements one by one takes the test runner seconds. */
async function run(p: Plan, instructionSet: InstructionSet, threads: number, times: number): Promise<string[]> {
  await using backend = await native({ instructionSet, threads })
  const ins = inputsOf(p).map((x) => {
    const buffer = backend.allocate(x.byteLength)
    backend.write(buffer, x)
    return buffer
  })
  const sizes = p.slots.flatMap((slot) => (slot.kind === 'output' ? [slot.size] : []))
  const outs = sizes.map((n) => backend.allocate(4 * n))
  const executable = backend.compile(p)
  for (let i = 0; i < times; i++) executable.run(ins, outs)
  const results = await Promise.all(outs.map((b, j) => backend.read(b, 'f32', sizes[j]!)))
  for (const x of results) expect(x.some((v) => v !== 0)).toBe(true)
  return results.map((x) => createHash('sha256').update(new Uint8Array(x.buffer)).digest('hex'))
}

if (instructionSets.length === 0) test('the same bits with any number of threads', (context) => context.skip(reason))

test.each(instructionSets)('%s: the same bits with any number of threads, run after run', async (instructionSet) => {
  const one = await run(plan, instructionSet, 1, 1)
  for (const threads of [2, 3, 7]) expect(await run(plan, instructionSet, threads, 20)).toEqual(one)
})

test.each(instructionSets)('%s: tile by tile gives the same bits as step by step', async (instructionSet) => {
  vi.stubEnv('SPIKEWARD_TILING', 'off')
  const stepwise = await run(tiled, instructionSet, 1, 1)
  vi.unstubAllEnvs()
  await using backend = await native({ instructionSet, threads: 1 })
  expect(backend.compile(tiled).source).toContain('tile-fused group of')
  for (const threads of [1, 2, 3]) expect(await run(tiled, instructionSet, threads, 3)).toEqual(stepwise)
})
