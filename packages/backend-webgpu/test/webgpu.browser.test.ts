import { describeBackend } from '@spikeward/testkit'
import { expect, test, vi } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { rfg } from '@spikeward/estimators'
import { webgpu } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'
import { describeGolden } from './support/golden.js'
import { taken } from './support/steps.js'
import { expectProduct } from './support/products.js'
import { eventsOf, firstAndLast, lossesOf, shortRun } from './support/training.js'
import type { Report } from './support/trainingWorker.js'

const absent = await adapterMissing()

if (absent === null) {
  // SwiftShader flushes subnormal numbers to zero.
  describeBackend('webgpu in a page', () => webgpu(), { contraction: true, denormals: false, runs: 3, key: 2 })
  describeGolden('webgpu in a page', () => webgpu(), { gradients: true })
} else {
  test('the contract and reference numbers on webgpu in a page', (context) => context.skip(absent))
}

// The tests in Node multiply operands of every layout in blocks, and transposed ones in tiles.
test.for([
  ['blocks', 'row-major'],
  ['blocks', 'spikes'],
  ['tiles', 'row-major'],
  ['tiles', 'spikes'],
  ['tiles', 'A transposed and shared by the batch'],
  ['tiles', 'both shared by the batch'],
] as const)('products in %s, operands %s', async ([products, layout], context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu({ products })
  await expectProduct(backend, products, layout)
})

test('losses with tile-fused chunks of time equal those of all time at once', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu()
  const step = { hidden: [40, 32], time: 16, batch: 96, estimator: rfg() }
  const whole = await taken(step, backend, 2)
  const cut = await taken({ ...step, chunk: 8 }, backend, 2)
  expect(cut.isTiled).toBe(true)
  expect(cut.losses).toEqual(whole.losses)
})

test('a page whose device has no f16 refuses operands in f16; one that has it rounds them', async (context) => {
  if (absent !== null) context.skip(absent)
  await using plain = await webgpu()
  if (!plain.device.features.has('shader-f16')) {
    await expect(webgpu({ operands: 'f16' })).rejects.toMatchObject({ code: 'UNSUPPORTED_DTYPE' })
    expect(plain.capabilities.features.join()).not.toContain('f16')
    return
  }
  await using backend = await webgpu({ operands: 'f16', products: 'tiles' })
  // Small whole numbers are unchanged by rounding.
  expect(await expectProduct(backend, 'tiles', 'row-major')).toContain('f16')
})

test('600 steps in a page neither allocate nor compile anything after the first', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu()
  const { first, last } = await firstAndLast(backend, 600)
  expect(last).toEqual(first)
})

test('a Worker trains with the losses of the cpu, and the page itself does not use the device', async (context) => {
  if (absent !== null) context.skip(absent)
  await using host = await cpu({ threads: 1 })
  const expected = lossesOf(await eventsOf(shortRun(host)))
  const adapters = vi.spyOn(GPU.prototype, 'requestAdapter')
  const submissions = vi.spyOn(GPUQueue.prototype, 'submit')
  const worker = new Worker(new URL('./support/trainingWorker.ts', import.meta.url), { type: 'module' })
  const report = await new Promise<Report>((resolve, reject) => {
    worker.onmessage = (message: MessageEvent<Report>) => resolve(message.data)
    worker.onerror = (event) => reject(new Error(event.message))
  })
  worker.terminate()
  expect(report.losses).toHaveLength(expected.length)
  for (const [i, loss] of expected.entries()) expect(Math.abs(report.losses[i]! - loss)).toBeLessThan(2e-3 * loss)
  expect(adapters).not.toHaveBeenCalled()
  expect(submissions).not.toHaveBeenCalled()
  // The spies do record the page's own work.
  await using own = await webgpu()
  expect(own.name).toBe('webgpu')
  expect(adapters).toHaveBeenCalled()
})
