import { SpikewardError, bytesOf, hostArray, hostView, missingBuffer } from '@spikeward/core/backend'
import type { Backend, BackendStats, DeviceBuffer, DType, Plan, TypedArray } from '@spikeward/core/backend'
import { findAdapter, openDevice } from './device/adapter.js'
import { arena as makeArena } from './device/arena.js'
import { featuresOf, namesOf } from './device/describe.js'
import { faultsOf } from './device/faults.js'
import type { Machine } from './device/machine.js'
import { pipelines } from './device/pipelines.js'
import { reads } from './device/reads.js'
import { rounds } from './device/rounds.js'
import { subgroupsOf } from './device/subgroups.js'
import { tilingTraits, type Traits } from './device/traits.js'
import { memoryLimit, operandsFor, productsFor, type WebGpuOptions } from './options.js'
import { compilePlan, type Owner, type WebGpuExecutable } from './plan/executable.js'

/** A backend on a GPU. */
export interface WebGpuBackend extends Backend {
  compile(plan: Plan): WebGpuExecutable
  readonly device: GPUDevice
  /** The name of its adapter. */
  readonly adapter: string
  /**
   * Resolves when the device is lost (a driver that restarts, `device.destroy()`), with the error DEVICE_LOST that every later
   * call throws. What was on it is gone. It stays pending where the backend is disposed of first.
   */
  readonly lost: Promise<SpikewardError>
}

/**
 * The WebGPU backend: WGSL written from Plans; in a page on `navigator.gpu`, in Node on Dawn (npm package `webgpu`).
 *
 * A run is one command buffer and does not wait; only `read` does. There is no f64. Errors that the device reports later are
 * thrown by the next call on the backend, `read` above all.
 *
 * @throws WEBGPU_UNAVAILABLE, NO_ADAPTER (rejects), with what to install or which flag to set; INVALID_OPTION;
 *   UNSUPPORTED_DTYPE, operands in f16 on a device without `shader-f16`
 * @example
 * const backend = await webgpu({ powerPreference: 'high-performance' })
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const { powerPreference } = options
  const device =
    options.device ?? (await openDevice(await findAdapter(powerPreference === undefined ? {} : { powerPreference })))
  const { limit, traits } = await settle(options, device).catch((error: unknown) => {
    if (options.device === undefined) device.destroy()
    throw error
  })
  const faults = faultsOf(device)
  const machine: Machine = {
    device,
    faults,
    arena: makeArena(device, limit, faults),
    pipelines: pipelines(device, faults),
    traits,
    rounds: rounds(device),
    reads: reads(device),
  }
  const live = new Map<DeviceBuffer, number>()
  const freed = new WeakSet<DeviceBuffer>()
  const executables = new Set<WebGpuExecutable>()
  const count = { allocations: 0, liveBytes: 0, peakBytes: 0, compilations: 0, runs: 0 }
  let disposed = false

  const alive = (): void => {
    if (disposed)
      throw new SpikewardError(
        'BACKEND_DISPOSED',
        'the webgpu backend was disposed; its memory is gone; make a new one',
      )
    faults.alive()
  }
  const hold = (bytes: number): void => {
    count.liveBytes += bytes
    count.peakBytes = Math.max(count.peakBytes, count.liveBytes)
  }
  const addressOf = (buffer: DeviceBuffer, bytes: number, what: string): number => {
    const address = live.get(buffer)
    if (address === undefined) throw missingBuffer(freed.has(buffer), what)
    if (buffer.bytes < bytes) {
      throw new SpikewardError(
        'BUFFER_TOO_SMALL',
        `${what}: ${bytes} bytes are needed and the buffer has ${buffer.bytes}; allocate a larger one`,
      )
    }
    return address
  }
  const owner: Owner = {
    alive,
    addressOf,
    ran: () => void count.runs++,
    disposed(executable) {
      executables.delete(executable)
      count.liveBytes -= executable.workspaceBytes
    },
  }
  /** The bytes, or the error that tells why there are none. */
  const fetch = async (address: number, bytes: number): Promise<ArrayBuffer> => {
    try {
      return await machine.reads.read(machine.arena.buffer(), address, bytes)
    } catch (cause) {
      // A mapping fails a moment before the device says that it is lost.
      await Promise.race([faults.lost, new Promise((resolve) => setTimeout(resolve, 1000))])
      alive()
      throw new SpikewardError(
        'DEVICE_ERROR',
        `read: the device does not give ${bytes} bytes: ${cause instanceof Error ? cause.message : String(cause)}; make a new backend`,
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
    allocate(bytes) {
      alive()
      if (!Number.isInteger(bytes) || bytes < 0 || bytes > limit) {
        throw new SpikewardError(
          'INVALID_SIZE',
          `allocate: ${bytes} bytes; a buffer takes a whole number from 0 to ${limit}, the memory limit of the webgpu backend`,
        )
      }
      const address = machine.arena.take(bytes, 'allocate')
      const buffer: DeviceBuffer = Object.freeze({ bytes })
      live.set(buffer, address)
      count.allocations++
      hold(bytes)
      return buffer
    },
    free(buffer) {
      // With the backend, or the device, all its buffers went; finalizers may still come to free them.
      if (disposed) return
      const address = addressOf(buffer, 0, 'free')
      live.delete(buffer)
      freed.add(buffer)
      machine.arena.give(address, buffer.bytes)
      count.liveBytes -= buffer.bytes
    },
    write(buffer, from) {
      alive()
      if (from instanceof Float64Array) throw noDoubles('write')
      const address = addressOf(buffer, from.byteLength, 'write')
      if (from.byteLength > 0)
        device.queue.writeBuffer(machine.arena.buffer(), address, from.buffer, from.byteOffset, from.byteLength)
    },
    async read(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
      alive()
      if (dtype === 'f64') throw noDoubles('read')
      const bytes = bytesOf(dtype) * size
      const address = addressOf(buffer, bytes, 'read')
      if (bytes === 0) return hostArray(dtype, 0)
      const copy = await fetch(address, bytes)
      alive()
      return hostView(dtype, copy, 0, size)
    },
    compile(plan) {
      alive()
      const executable = compilePlan(machine, owner, plan)
      executables.add(executable)
      count.compilations++
      hold(executable.workspaceBytes)
      return executable
    },
    stats: (): BackendStats => ({ ...count, liveBuffers: live.size }),
    async [Symbol.asyncDispose]() {
      if (disposed) return
      for (const executable of [...executables]) executable.dispose()
      disposed = true
      faults.expectEnd()
      for (const buffer of live.keys()) freed.add(buffer)
      live.clear()
      count.liveBytes = 0
      machine.reads.destroy()
      machine.rounds.destroy()
      machine.arena.destroy()
      if (options.device === undefined) device.destroy()
    },
  }
}

/** What was asked for, checked against the device, and what it has by itself. */
async function settle(options: WebGpuOptions, device: GPUDevice): Promise<{ limit: number; traits: Traits }> {
  const limit = memoryLimit(options.memoryLimitBytes, device.limits)
  const products = productsFor(options.products, device)
  const operands = operandsFor(options.operands, device)
  const subgroups = await subgroupsOf(device)
  return { limit, traits: { products, operands, subgroups, tiling: tilingTraits(products, subgroups) } }
}

const noDoubles = (what: string): SpikewardError =>
  new SpikewardError(
    'UNSUPPORTED_DTYPE',
    `${what}: f64 on webgpu, which has no double precision; use f32, or the cpu or native backend`,
  )
