import { expect, test } from 'vitest'
import { cast, greater, jit, max, min, sum, tensor, type Tensor } from '@spikeward/core'
import { findAdapter, openDevice } from '../src/device/adapter.js'
import { subgroupsOf } from '../src/device/subgroups.js'
import { webgpu, type WebGpuBackend } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'
import { bareDevice } from './support/bare.js'
import { expectProduct, expectShape, layouts } from './support/products.js'

const absent = (await adapterMissing()) ?? (await withoutSubgroups())

async function withoutSubgroups(): Promise<string | null> {
  return (await findAdapter()).features.has('subgroups') ? null : 'the adapter has no subgroups'
}

/** A test on a device with subgroups and on one without. */
const onBoth = (name: string, body: (having: WebGpuBackend, bare: WebGpuBackend) => Promise<void>): void =>
  test(name, async (context) => {
    if (absent !== null) context.skip(absent)
    const device = await bareDevice()
    await using having = await webgpu()
    await using bare = await webgpu({ device })
    await body(having, bare)
    device.destroy()
  })

onBoth('are among the features of a device that has them', async (having, bare) => {
  const { subgroupMinSize } = having.device.adapterInfo
  expect(having.capabilities.features).toContainEqual(expect.stringMatching(`^subgroups of ${subgroupMinSize}`))
  expect(bare.capabilities.features.join()).not.toContain('subgroup')
})

onBoth('products in blocks are the same with and without', async (having, bare) => {
  for (const layout of Object.keys(layouts) as (keyof typeof layouts)[]) {
    const source = await expectProduct(having, 'blocks', layout)
    const { subgroupMinSize, subgroupMaxSize } = having.device.adapterInfo
    expect(source.includes('subgroupBroadcast(')).toBe(subgroupMinSize === subgroupMaxSize && subgroupMinSize <= 16)
    expect(await expectProduct(bare, 'blocks', layout)).not.toContain('subgroup')
  }
})

// Tall and short, wide and narrow, with and without a remainder.
test.for([
  [8, 700, 9],
  [9, 8, 600],
  [300, 9, 17],
  [129, 130, 40],
  [520, 64, 8],
] as const)('blocks of any shape give the product of the reference: %i × %i × %i', async ([m, n, k], context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu({ products: 'blocks' })
  await expectShape(backend, { m, n, k })
})

onBoth('folds have the same bits with and without', async (having, bare) => {
  const values = Float32Array.from({ length: 3 * 5000 }, (_, i) => Math.sin(i * i) * 10 ** (i % 7))
  const folds = (x: Tensor): Tensor[] => [
    sum(x, [1]),
    max(x, [1]),
    min(x, [1]),
    sum(x),
    sum(cast(x, 'i32'), [1]),
    cast(max(greater(x, 0), [1]), 'i32'),
  ]
  for (const columns of [40, 300, 5000]) {
    const found = []
    for (const backend of [having, bare]) {
      const x = tensor(values.subarray(0, 3 * columns), { shape: [3, columns], backend })
      const f = jit(folds)
      expect(f.inspect(x).executable.source.includes('subgroupShuffleXor(')).toBe(backend === having)
      found.push(await Promise.all(f(x).map((y) => y.data())))
    }
    expect(found[0]).toEqual(found[1])
  }
})

test('are not used where their lanes are not consecutive threads', async (context) => {
  if (absent !== null) context.skip(absent)
  const device = await openDevice(await findAdapter())
  expect(await subgroupsOf(device)).not.toBeNull()
  const make = device.createShaderModule.bind(device)
  device.createShaderModule = ({ code }) => make({ code: code.replace('l % size', '(l + 1u) % size') })
  expect(await subgroupsOf(device)).toBeNull()
  device.destroy()
})
