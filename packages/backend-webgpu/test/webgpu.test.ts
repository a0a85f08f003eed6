import { expect, test, vi } from 'vitest'
import { bufferOf, cast, greater, jit, matmul, mul, tensor, type Tensor } from '@spikeward/core'
import type { Plan } from '@spikeward/core/backend'
import { findAdapter, isSoftware, openDevice } from '../src/device/adapter.js'
import { GPUBufferUsages, MAP_MODE_READ } from '../src/device/reads.js'
import { webgpu, type WebGpuBackend, type WebGpuExecutable } from '../src/index.js'
import { adapterMissing } from './support/adapter.js'
import { expectProduct, layouts } from './support/products.js'

const absent = await adapterMissing()
/** A test that needs an adapter. */
const onGpu = (name: string, body: (backend: WebGpuBackend) => Promise<void>): void =>
  test(name, async (context) => {
    if (absent !== null) context.skip(absent)
    await using backend = await webgpu({ memoryLimitBytes: 2 ** 22 })
    await body(backend)
  })

onGpu('there is no f64: every use of it is refused', async (backend) => {
  expect(backend.capabilities.dtypes).not.toContain('f64')
  const buffer = backend.allocate(16)
  const code = { code: 'UNSUPPORTED_DTYPE' }
  expect(() => backend.write(buffer, new Float64Array(2))).toThrow(expect.objectContaining(code))
  await expect(backend.read(buffer, 'f64', 2)).rejects.toMatchObject(code)
  const plan: Plan = {
    slots: [{ kind: 'input', index: 0, dtype: 'f64', size: 2 }],
    inputs: 1,
    outputs: 0,
    donations: [],
    workspace: 0,
    steps: [],
  }
  expect(() => backend.compile(plan)).toThrow(expect.objectContaining(code))
})

onGpu('the memory limit holds, and the error names need and limit', async (backend) => {
  const held = backend.allocate(3 * 2 ** 20)
  expect(() => backend.allocate(2 ** 21)).toThrow(/2097152 bytes; 3145728 of the 4194304 bytes.*\[OUT_OF_MEMORY\]/s)
  backend.free(held)
  backend.allocate(2 ** 22)
})

test('a memory limit out of range is refused', async (context) => {
  if (absent !== null) context.skip(absent)
  await expect(webgpu({ memoryLimitBytes: 2 ** 60 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

test('memory keeps its contents when it grows', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu()
  const first = backend.allocate(4000)
  const data = Float32Array.from({ length: 1000 }, (_, i) => i / 7)
  backend.write(first, data)
  backend.allocate(2 ** 24)
  expect(await backend.read(first, 'f32', 1000)).toEqual(data)
})

onGpu('a result is copied to a buffer of the user without a read-back', async (backend) => {
  const { device } = backend
  const twice = jit((x: Tensor) => mul(x, 2), { backend })
  const result = twice(tensor([1, 2, 3]))
  const own = device.createBuffer({ size: 20, usage: GPUBufferUsages.COPY_DST | GPUBufferUsages.COPY_SRC })
  const copied = device.createBuffer({ size: 20, usage: GPUBufferUsages.COPY_DST | GPUBufferUsages.MAP_READ })
  const maps = vi.spyOn(Object.getPrototypeOf(copied) as GPUBuffer, 'mapAsync')
  backend.copy(bufferOf(result, backend), 12, own)
  backend.copy(bufferOf(result, backend), 8, own, 12)
  expect(maps).not.toHaveBeenCalled()
  maps.mockRestore()
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(own, 0, copied, 0, 20)
  device.queue.submit([encoder.finish()])
  await copied.mapAsync(MAP_MODE_READ)
  expect([...new Float32Array(copied.getMappedRange())]).toEqual([2, 4, 6, 2, 4])

  const from = bufferOf(result, backend)
  for (const [bytes, offset] of [
    [12, 12],
    [6, 0],
    [4, 2],
    [-4, 4],
    [Number.NaN, 0],
  ] as const)
    expect(() => backend.copy(from, bytes, own, offset)).toThrow(expect.objectContaining({ code: 'INVALID_SIZE' }))
  expect(() => backend.copy(from, 16, own)).toThrow(expect.objectContaining({ code: 'BUFFER_TOO_SMALL' }))
  expect(() => bufferOf(tensor([1]), backend)).toThrow(expect.objectContaining({ code: 'BACKEND_MISMATCH' }))
  result.dispose()
  expect(() => backend.copy(from, 12, own)).toThrow(expect.objectContaining({ code: 'BUFFER_FREED' }))
  expect(() => bufferOf(result, backend)).toThrow(expect.objectContaining({ code: 'DISPOSED' }))
})

test('a given device is used with its limits, and not destroyed', async (context) => {
  if (absent !== null) context.skip(absent)
  const device = await openDevice(await findAdapter())
  const backend = await webgpu({ device })
  expect(backend.device).toBe(device)
  const x = tensor([1, 2, 3, 4], { shape: [2, 2], backend })
  expect([...(await matmul(x, x).data())]).toEqual([7, 10, 15, 22])
  await backend[Symbol.asyncDispose]()
  const buffer = device.createBuffer({ size: 4, usage: 8 })
  expect(buffer.size).toBe(4)
  device.destroy()
})

onGpu('prepare compiles before the first run, equal code once', async (backend) => {
  const f = jit((x: Tensor) => matmul(x, x))
  const x = tensor([1, 2, 3, 4], { shape: [2, 2], backend })
  const executable = f.inspect(x).executable as WebGpuExecutable
  const compile = vi.spyOn(backend.device, 'createComputePipeline')
  await executable.prepare()
  expect([...(await f(x).data())]).toEqual([7, 10, 15, 22])
  expect(compile).not.toHaveBeenCalled()
  expect(executable.source).toContain('1 dispatches per run')
})

onGpu('an error that the device reports later is thrown by the next call, once', async (backend) => {
  backend.device.createBuffer({ size: 64, usage: 1 | 128 }) // to be mapped and stored to: not allowed
  expect(() => backend.allocate(4)).toThrow(expect.objectContaining({ code: 'DEVICE_ERROR' }))
  expect(await backend.read(backend.allocate(4), 'f32', 1)).toHaveLength(1)
})

test('products in blocks, of every layout', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu({ products: 'blocks' })
  for (const layout of Object.keys(layouts) as (keyof typeof layouts)[]) await expectProduct(backend, 'blocks', layout)
})

// A software renderer takes seconds to compile a tile, so the other layouts are tested in the page.
test('products in tiles, of transposed operands', async (context) => {
  if (absent !== null) context.skip(absent)
  await using backend = await webgpu({ products: 'tiles' })
  await expectProduct(backend, 'tiles', 'both transposed')
})

test('products in blocks give the same bits as products in tiles', async (context) => {
  if (absent !== null) context.skip(absent)
  const numbers = (rows: number, columns: number): Float32Array =>
    Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i))
  const found = []
  for (const products of ['tiles', 'blocks'] as const) {
    await using backend = await webgpu({ products })
    const multiply = jit((x: Tensor, y: Tensor) => [matmul(x, y), matmul(cast(greater(x, 0), 'f32'), y)])
    const x = tensor(numbers(70, 40), { shape: [70, 40], backend })
    const y = tensor(numbers(40, 65), { shape: [40, 65], backend })
    expect(multiply.inspect(x, y).executable.source.includes('var<workgroup>')).toBe(products === 'tiles')
    found.push(await Promise.all(multiply(x, y).map((product) => product.data())))
  }
  expect(found[1]).toEqual(found[0])
})

test('products use blocks by default on software renderers only', () => {
  const info = (over: Partial<GPUAdapterInfo>): Pick<GPUDevice, 'adapterInfo'> => ({
    adapterInfo: { vendor: '', architecture: '', device: '', description: '', ...over } as GPUAdapterInfo,
  })
  expect(isSoftware(info({ architecture: 'software', description: 'llvmpipe: Mesa 25.0.7' }))).toBe(true)
  expect(isSoftware(info({ vendor: 'google', architecture: 'swiftshader' }))).toBe(true)
  expect(isSoftware(info({ isFallbackAdapter: true }))).toBe(true)
  expect(isSoftware(info({ vendor: 'nvidia', architecture: 'hopper', description: 'NVIDIA H100' }))).toBe(false)
})

test('an unknown value of products is refused', async (context) => {
  if (absent !== null) context.skip(absent)
  await expect(webgpu({ products: 'tile' as 'tiles' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})
