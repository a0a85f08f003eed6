import { expect, test } from 'vitest'
import type { Plan, TypedArray } from '@spikeward/core/backend'
import { native, type Isa } from '../src/index.js'
import { networkPlan, numbers } from './cases.js'
import { isas } from './setup.js'

const plan = networkPlan(130, 37, 96, 8, 5)
const inputs = plan.slots.flatMap((slot, i) => (slot.kind === 'input' ? [numbers(slot.size, i + 1)] : []))

async function run(p: Plan, isa: Isa, threads: number, times: number): Promise<TypedArray[]> {
  await using backend = await native({ isa, threads })
  const ins = inputs.map((x) => {
    const buffer = backend.allocate(x.byteLength)
    backend.write(buffer, x)
    return buffer
  })
  const sizes = p.slots.flatMap((slot) => (slot.kind === 'output' ? [slot.size] : []))
  const outs = sizes.map((n) => backend.allocate(4 * n))
  const executable = backend.compile(p)
  for (let i = 0; i < times; i++) executable.run(ins, outs)
  return Promise.all(outs.map((b, j) => backend.read(b, 'f32', sizes[j]!)))
}

test.each(isas)('%s: the same bits with any number of threads, run after run', async (isa) => {
  const one = await run(plan, isa, 1, 1)
  expect(one[0]!.some((x) => x !== 0)).toBe(true)
  for (const threads of [2, 3, 7]) expect(await run(plan, isa, threads, 20)).toEqual(one)
})
