import './support/mesa.js'
import { expect, test } from 'vitest'
import { jit, matmul, tensor, type Tensor } from '@spikeward/core'
import { findAdapter } from '../src/device/adapter.js'
import { sgd } from '@spikeward/optim'
import { webgpu, type WebGpuOptions } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'
import { bareDevice } from './support/bare.js'
import { expectProduct } from './support/products.js'
import { eventsOf, lossesOf, shortRun } from './support/training.js'

const missing = await adapterMissing()
const absent = missing ?? ((await findAdapter()).features.has('shader-f16') ? null : 'the adapter has no shader-f16')

const [rows, terms, columns] = [70, 40, 65]
const a = Float32Array.from({ length: rows * terms }, (_, i) => Math.sin(i * 1.7))
const b = Float32Array.from({ length: terms * columns }, (_, i) => Math.cos(i * 0.9) * 3)

async function productOf(options: WebGpuOptions): Promise<readonly number[]> {
  await using backend = await webgpu(options)
  const f = jit((x: Tensor, y: Tensor) => matmul(x, y))
  return [
    ...(await f(tensor(a, { shape: [rows, terms], backend }), tensor(b, { shape: [terms, columns], backend })).data()),
  ]
}

/** Rounds ordinary numbers to eleven bits, ties to even. */
function rounded(x: number): number {
  if (x === 0) return 0
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 10)
  const whole = Math.floor(x / unit)
  const rest = x / unit - whole
  return (rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + 1 : whole) * unit
}

/** For each result, the sum of `term` over its factors. */
const summed = (term: (x: number, y: number) => number): number[] =>
  Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns]
    return Array.from({ length: terms }, (_, k) => term(a[i * terms + k]!, b[k * columns + j]!)).reduce((s, t) => s + t)
  })

test.for(['tiles', 'blocks'] as const)(
  'products in %s round their operands, and nothing else, to f16 if requested',
  async (products, context) => {
    if (absent !== null) context.skip(absent)
    const found = await productOf({ products, operands: 'f16' })
    const expected = summed((x, y) => rounded(x) * rounded(y))
    const size = summed((x, y) => Math.abs(x * y))
    const exact = summed((x, y) => x * y)
    for (const [i, value] of found.entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5 * size[i]!)
      expect(Math.abs(value - exact[i]!)).toBeLessThan(2 ** -10 * size[i]!)
    }
    const off = found.filter((value, i) => Math.abs(value - exact[i]!) > 1e-5 * size[i]!)
    expect(off.length).toBeGreaterThan(found.length / 2)
    for (const [i, value] of (await productOf({ products })).entries())
      expect(Math.abs(value - exact[i]!)).toBeLessThan(1e-6 * size[i]!)
  },
)

test('blocks without subgroups round the same', async (context) => {
  if (absent !== null) context.skip(absent)
  const device = await (await findAdapter()).requestDevice({ requiredFeatures: ['shader-f16'] })
  expect(await productOf({ device, operands: 'f16' })).toEqual(await productOf({ operands: 'f16' }))
  device.destroy()
})

test('spikes add weights in f32', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu({ operands: 'f16' })
  expect(await expectProduct(backend, 'blocks', 'spikes')).not.toMatch(/f16/i)
})

test('training has losses near those of f32', async (context) => {
  if (absent !== null) context.skip(absent)
  const found: number[][] = []
  for (const operands of ['f32', 'f16'] as const) {
    await using backend = await webgpu({ operands })
    expect(backend.capabilities.features).toContain(operands === 'f16' ? 'f16 in use' : 'f16 on request')
    // The product of a second layer is large enough for f16.
    const run = shortRun(backend, { batch: 64, steps: 5, optimizer: sgd(1e-3) }, [24, 16])
    found.push(lossesOf(await eventsOf(run)))
  }
  const [full, half] = found as [number[], number[]]
  expect(half).not.toEqual(full)
  for (const [i, loss] of full.entries()) expect(Math.abs(half[i]! - loss)).toBeLessThan(0.02 * loss)
})

test('a device without the feature refuses f16, and every device refuses other operands', async (context) => {
  if (missing !== null) context.skip(missing)
  const device = await bareDevice()
  await expect(webgpu({ device, operands: 'f16' })).rejects.toMatchObject({ code: 'UNSUPPORTED_DTYPE' })
  await expect(webgpu({ device, operands: 'bf16' as 'f16' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  device.destroy()
})
