import { referenceBackend } from '@spikeward/core'
import type { Backend, DeviceBuffer, DotRoutine, Plan } from '@spikeward/core/backend'
import { describe, expect, test } from 'vitest'
import { additionsOf, timeParts } from '../../src/roofline/timeParts.js'
import { partsOf, slotBytes } from '../../src/roofline/isolate.js'
import { timeProducts } from '../../src/roofline/products.js'
import { rooflineStanding } from '../../src/roofline/roofs.js'
import { type StepSettings, standard } from '../../src/step/stepSettings.js'
import { makeWorkload } from '../../src/step/workload.js'

const small: StepSettings = { ...standard, widths: [2, 12, 10, 1], time: 6, batch: 32 }

/** The outputs of a plan, from inputs of i mod 7. */
async function outputsOf(backend: Backend, plan: Plan, run: (buffers: readonly DeviceBuffer[]) => void) {
  const buffers = plan.slots.map((slot) => {
    const buffer = backend.allocate(slotBytes(slot))
    if (slot.kind === 'input') {
      const numbers = Array.from({ length: slot.size }, (_, i) => (i % 7) + 1)
      backend.write(buffer, slot.dtype === 'f32' ? Float32Array.from(numbers) : Uint32Array.from(numbers))
    }
    return buffer
  })
  run(buffers)
  const outputs: number[][] = []
  for (const [s, slot] of plan.slots.entries()) {
    if (slot.kind === 'output')
      outputs.push([...(await backend.read(buffers[s] as DeviceBuffer, slot.dtype, slot.size))])
  }
  return outputs
}

describe('a plan split into its steps', () => {
  test('computes the same as the plan, with the same amount of work', async () => {
    const backend = referenceBackend()
    const workload = await makeWorkload(small, backend, false)
    const plan: Plan = { ...workload.plan, donations: workload.plan.donations.map(() => null) }
    const parts = partsOf(plan)
    expect(parts.length).toBeGreaterThan(5)
    // There is no loop: every part is executed once.
    expect(new Set(parts.map((p) => p.times))).toEqual(new Set([1]))
    expect(parts.reduce((n, p) => n + p.flops, 0)).toBe(workload.cost.flops)
    const whole = await outputsOf(backend, plan, (buffers) => {
      const of = (kind: 'input' | 'output') => buffers.filter((_, s) => plan.slots[s]?.kind === kind)
      backend.compile(plan).run(of('input'), of('output'))
    })
    const apart = await outputsOf(backend, plan, (buffers) => {
      const of = (slots: readonly number[]) => slots.map((s) => buffers[s] as DeviceBuffer)
      for (const part of parts) backend.compile(part.plan).run(of(part.ins), of(part.outs))
    })
    expect(apart).toEqual(whole)
    workload.dispose()
  })

  test('counts steps in loops once per iteration', async () => {
    const workload = await makeWorkload(small, referenceBackend(), false)
    const { plan } = workload
    const loop = { kind: 'loop', length: 3, steps: plan.steps } as const
    const parts = partsOf({ ...plan, steps: [{ ...loop, length: 2, steps: [loop] }, ...plan.steps] })
    expect(new Set(parts.map((p) => p.times))).toEqual(new Set([6, 1]))
    expect(parts.reduce((n, p) => n + p.times * p.flops, 0)).toBe(7 * workload.cost.flops)
    workload.dispose()
  })

  test('is timed and leaves no memory behind', async () => {
    const backend = referenceBackend()
    const before = backend.stats().liveBytes
    const { ms, parts } = await timeParts({ ...small, batch: 8 }, backend, 1)
    expect(ms).toBeGreaterThan(0)
    for (const part of parts) expect(part.ms).toBeGreaterThan(0)
    expect(parts.some((p) => p.name.endsWith('product of spikes'))).toBe(true)
    expect(backend.stats().liveBytes - before).toBeLessThan(256)
  })
})

test('a kernel is limited by the lower roof', () => {
  const roofs = { flopsPerSecond: 100e9, bytesPerSecond: 10e9 }
  expect(rooflineStanding({ flops: 1e9, bytes: 1e6 }, 20, roofs)).toEqual({ bound: 'flops', share: 0.5 })
  expect(rooflineStanding({ flops: 1e6, bytes: 1e9 }, 200, roofs)).toEqual({ bound: 'bytes', share: 0.5 })
})

test('a product is timed on a backend', async () => {
  const [result] = await timeProducts(referenceBackend(), [[8, 8, 8]], { threads: 1, rounds: 1, budgetMs: 1 })
  expect(result?.size).toEqual([8, 8, 8])
  expect(result?.flopsPerSecond).toBeGreaterThan(1e3)
  if (result?.torch !== null) expect(result?.torch).toBeGreaterThan(1e3)
  // Searching for torch takes a while if it is installed.
})

test('a product of spikes adds once for each column and each group of inputs with a spike', () => {
  const spikes = [0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]
  const routine: DotRoutine = {
    kind: 'dot',
    dtype: 'f32',
    batch: 1,
    m: 2,
    n: 5,
    k: 6,
    binary: true,
    a: { batch: 0, m: 6, k: 1 },
    b: { batch: 0, k: 5, n: 1 },
  }
  expect(additionsOf(routine, spikes, 1)).toBe(3 * 5)
  expect(additionsOf(routine, spikes, 4)).toBe(2 * 5)
  // Spikes that a batch shares are added once for each of its weights; those of its own are counted.
  expect(additionsOf({ ...routine, batch: 3 }, spikes, 1)).toBe(3 * 3 * 5)
  expect(additionsOf({ ...routine, batch: 2, m: 1, a: { batch: 6, m: 6, k: 1 } }, spikes, 1)).toBe(3 * 5)
  // Transposed: rows are adjacent.
  expect(additionsOf({ ...routine, m: 6, k: 2, a: { batch: 0, m: 1, k: 6 } }, spikes, 4)).toBe(3 * 5)
})
