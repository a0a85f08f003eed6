import { SpikewardError, bookkeeping, bytesOf, defineFactory, hostArray, hostView } from '@spikeward/core/backend'
import type { Backend, BackendFacts, DeviceBuffer, DType, Filled, Plan, TypedArray } from '@spikeward/core/backend'
import { findAdapter, openDevice, isSoftware } from './device/adapter.js'
import { arena as makeArena } from './device/arena.js'
import { faultsOf } from './device/faults.js'
import { pipelines } from './device/pipelines.js'
import { reads } from './device/reads.js'
import { loopIndexBuffer } from './device/loopIndexBuffer.js'
import { subgroupsOf } from './device/subgroups.js'
import { tilingTraits, type Traits } from './device/traits.js'
import { checkOperands, memoryLimit, options, productsFor, type WebGpuOptions } from './webgpuOptions.js'
import { type Machine, compilePlan, type WebGpuExecutable } from './plan/compilePlan.js'

/** The device's features that generated code uses, for human readers. */
export function featuresOf(device: GPUDevice, { subgroups, operands }: Traits): string[] {
  const lanes = subgroups === null ? '' : [...new Set([subgroups.minSize, subgroups.maxSize])].join(' to ')
  return [
    ...(isSoftware(device) ? ['software-renderer'] : []),
    ...(subgroups === null ? [] : [`subgroups of ${lanes}`]),
    ...(device.features.has('shader-f16') ? [operands === 'f16' ? 'f16 in use' : 'f16 on request'] : []),
  ]
}

/** The names of the device's adapter. */
export function namesOf(device: GPUDevice): string[] {
  const { vendor = '', architecture = '', description = '' } = device.adapterInfo ?? {}
  return [[vendor, architecture].filter((s) => s !== '').join(' '), description].filter((s) => s !== '')
}

/** A backend on a GPU. */
export interface WebGpuBackend extends Backend {
  compile(plan: Plan): WebGpuExecutable
  readonly device: GPUDevice
  /** The name of its adapter. */
  readonly adapter: string
  /**
   * Resolves when the device is lost (a driver restarts, `device.destroy()`), with the error DEVICE_LOST that every
   * later call throws. The device's memory is lost. Stays pending if the backend is disposed first.
   */
  readonly lost: Promise<SpikewardError>
  /**
   * Copies memory to your own buffer on the same device, such as one that you draw from: nothing is read back. The copy
   * runs after all submitted work. The memory of a tensor is `bufferOf(tensor, backend)` of `@spikeward/core`; its
   * elements are f32, i32 or u32, row-major.
   *
   * @param bytes to copy, from the start of `from`; a multiple of 4
   * @param to a buffer of `device` with the usage COPY_DST
   * @param offset of the first byte in `to`, a multiple of 4; default 0
   * @throws INVALID_SIZE if `bytes` or `offset` is no multiple of 4 or `to` is too small; BUFFER_TOO_SMALL,
   *   BUFFER_FREED, BUFFER_FOREIGN for `from`; DEVICE_LOST. A buffer of another device is a DEVICE_ERROR of a later
   *   call
   */
  copy(from: DeviceBuffer, bytes: number, to: GPUBuffer, offset?: number): void
}

/**
 * The WebGPU backend: compiles Plans to WGSL. It runs on `navigator.gpu` in a page and on Dawn (npm package `webgpu`)
 * in Node.
 *
 * A run submits one command buffer and does not wait for it; only `read` waits. There is no f64. If the device reports
 * an error late, the next call on the backend throws it; most of them appear in `read`.
 *
 * @throws (rejects) WEBGPU_UNAVAILABLE, NO_ADAPTER, whose messages state what to install or which flag to set;
 * INVALID_OPTION,
 *   UNKNOWN_OPTION; UNSUPPORTED_DTYPE for operands in f16 on a device without `shader-f16`
 * @example
 * const backend = await webgpu({ powerPreference: 'high-performance' })
 */
export const webgpu = /* @__PURE__ */ defineFactory(
  {
    kind: 'backend',
    name: 'webgpu',
    summary: 'WGSL generated at run time, on a GPU: in a page, or in Node through Dawn',
    options,
    facts: {
      runsIn: 'Node and pages',
      device: 'GPU',
      readsAtOnce: false,
      use: 'large batches and networks on a GPU',
    } satisfies BackendFacts,
  },
  (read) =>
    async (choices: WebGpuOptions = {}): Promise<WebGpuBackend> =>
      open(read(choices)),
)

type Settings = Filled<typeof options>

async function open(settings: Settings): Promise<WebGpuBackend> {
  const { powerPreference } = settings
  const device =
    settings.device ?? (await openDevice(await findAdapter(powerPreference === undefined ? {} : { powerPreference })))
  const { limit, traits } = await configure(settings, device).catch((error: unknown) => {
    if (settings.device === undefined) device.destroy()
    throw error
  })
  const faults = faultsOf(device)
  const machine: Machine = {
    device,
    faults,
    arena: makeArena(device, limit, faults),
    pipelines: pipelines(device, faults),
    traits,
    loopIndices: loopIndexBuffer(device),
    reads: reads(device),
  }
  const book = bookkeeping<number>({
    name: 'webgpu',
    maxBufferBytes: limit,
    allocate: (bytes) => machine.arena.allocate(bytes, 'allocate'),
    free: (address, bytes) => machine.arena.free(address, bytes),
    checkDevice: faults.check,
  })
  /** Reads bytes from the device; throws the reason if it cannot. */
  const fetch = async (address: number, bytes: number): Promise<ArrayBuffer> => {
    try {
      return await machine.reads.read(machine.arena.buffer(), address, bytes)
    } catch (cause) {
      // A mapping fails just before the device reports that it is lost.
      await Promise.race([faults.lost, new Promise((resolve) => setTimeout(resolve, 1000))])
      book.checkAlive()
      throw new SpikewardError(
        'DEVICE_ERROR',
        `read: the device did not return ${bytes} bytes: ${cause instanceof Error ? cause.message : String(cause)}; make a new backend`,
        { cause },
      )
    }
  }

  return {
    name: 'webgpu',
    device,
    adapter: namesOf(device).join(', '),
    lost: faults.lost,
    capabilities: {
      dtypes: ['f32', 'i32', 'u32', 'bool'],
      threads: 1,
      features: [...namesOf(device), ...featuresOf(device, traits)],
      maxBufferBytes: limit,
      maxTotalBytes: limit,
    },
    allocate: book.allocate,
    free: book.free,
    write(buffer, from) {
      book.checkAlive()
      if (from instanceof Float64Array) throw noDoubles('write')
      const address = book.find(buffer, from.byteLength, 'write')
      if (from.byteLength > 0)
        device.queue.writeBuffer(machine.arena.buffer(), address, from.buffer, from.byteOffset, from.byteLength)
    },
    async read(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
      book.checkAlive()
      if (dtype === 'f64') throw noDoubles('read')
      const bytes = bytesOf(dtype) * size
      const address = book.find(buffer, bytes, 'read')
      if (bytes === 0) return hostArray(dtype, 0)
      const copy = await fetch(address, bytes)
      book.checkAlive()
      return hostView(dtype, copy, 0, size)
    },
    copy(from, bytes, to, offset = 0) {
      book.checkAlive()
      if (bytes % 4 !== 0 || offset % 4 !== 0 || !(bytes >= 0 && offset >= 0 && offset + bytes <= to.size))
        throw new SpikewardError(
          'INVALID_SIZE',
          `copy: ${bytes} bytes to byte ${offset} of a buffer of ${to.size} bytes; both must be multiples of 4, and the copy must lie within the buffer`,
        )
      const address = book.find(from, bytes, 'copy')
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(machine.arena.buffer(), address, to, offset, bytes)
      device.queue.submit([encoder.finish()])
    },
    compile: (plan) => compilePlan(machine, book, plan),
    stats: book.stats,
    async [Symbol.asyncDispose]() {
      if (!book.dispose()) return
      faults.expectEnd()
      machine.reads.destroy()
      machine.loopIndices.destroy()
      machine.arena.destroy()
      if (settings.device === undefined) device.destroy()
    },
  }
}

/** The memory limit and the traits of a device, with the settings checked against it. */
async function configure(settings: Settings, device: GPUDevice): Promise<{ limit: number; traits: Traits }> {
  const limit = memoryLimit(settings.memoryLimitBytes, device.limits)
  const { operands, products = productsFor(device) } = settings
  checkOperands(operands, device)
  const subgroups = await subgroupsOf(device)
  return { limit, traits: { products, operands, subgroups, tiling: tilingTraits(products, subgroups) } }
}

const noDoubles = (what: string): SpikewardError =>
  new SpikewardError(
    'UNSUPPORTED_DTYPE',
    `${what}: webgpu has no double precision (f64); use f32, or the cpu or native backend`,
  )
