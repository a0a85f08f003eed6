import { SpikewardError, bytesOf, hostArray, hostView, missingBuffer } from '@spikeward/core/backend'
import type { Backend, BackendStats, DeviceBuffer, DType, Plan, TypedArray } from '@spikeward/core/backend'
import { findAdapter, isSoftware, openDevice } from './device/adapter.js'
import { arena as makeArena } from './device/arena.js'
import { faultsOf } from './device/faults.js'
import type { Machine } from './device/machine.js'
import { pipelines } from './device/pipelines.js'
import { reads } from './device/reads.js'
import { rounds } from './device/rounds.js'
import { subgroupsOf } from './device/subgroups.js'
import type { Products, Traits } from './device/traits.js'
import { compilePlan, type Owner, type WebGpuExecutable } from './plan/executable.js'

/** Options of `webgpu`. */
export interface WebGpuOptions {
  /** A device of your own, with whatever limits it was asked for; it is not destroyed with the backend. Default: a new one. */
  readonly device?: GPUDevice
  /** Which adapter to ask for, where there are several. */
  readonly powerPreference?: GPUPowerPreference
  /** Most bytes that tensors and workspaces may take together; default, and most: what the device lets one buffer have. */
  readonly memoryLimitBytes?: number
  /**
   * How large products of matrices are done: in tiles of workgroup memory, or in blocks of registers. Default: blocks on a
   * software renderer, tiles on a GPU. Sums have the same order in both.
   */
  readonly products?: Products
}

/** A backend on a GPU. */
export interface WebGpuBackend extends Backend {
  compile(plan: Plan): WebGpuExecutable
  readonly device: GPUDevice
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
 * @throws WEBGPU_UNAVAILABLE, NO_ADAPTER (rejects), with what to install or which flag to set; INVALID_OPTION
 * @example
 * const backend = await webgpu({ powerPreference: 'high-performance' })
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const { powerPreference } = options
  const device =
    options.device ?? (await openDevice(await findAdapter(powerPreference === undefined ? {} : { powerPreference })))
  const limit = memoryLimit(options.memoryLimitBytes, device.limits)
  const traits: Traits = { products: productsFor(options.products, device), subgroups: await subgroupsOf(device) }
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
    lost: faults.lost,
    capabilities: {
      dtypes: ['f32', 'i32', 'u32', 'bool'],
      threads: 1,
      features: featuresOf(device),
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

function memoryLimit(asked: number | undefined, limits: GPUSupportedLimits): number {
  // A multiple of what everything is aligned to.
  const most = Math.floor(Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) / 256) * 256
  if (asked === undefined) return most
  if (!Number.isInteger(asked) || asked < 256 || asked > most) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `webgpu: a memory limit of ${asked} bytes; a whole number from 256 to ${most} is possible, the most that this device binds as one buffer`,
    )
  }
  return Math.floor(asked / 256) * 256
}

function productsFor(asked: Products | undefined, device: GPUDevice): Products {
  if (asked === undefined) return isSoftware(device) ? 'blocks' : 'tiles'
  if (['tiles', 'blocks'].includes(asked)) return asked
  throw new SpikewardError('INVALID_OPTION', `webgpu: products: '${String(asked)}'; 'tiles' and 'blocks' are possible`)
}

function featuresOf(device: GPUDevice): string[] {
  const { vendor = '', architecture = '', description = '' } = device.adapterInfo ?? {}
  return [[vendor, architecture].filter((s) => s !== '').join(' '), description].filter((s) => s !== '')
}

const noDoubles = (what: string): SpikewardError =>
  new SpikewardError(
    'UNSUPPORTED_DTYPE',
    `${what}: f64 on webgpu, which has no double precision; use f32, or the cpu or native backend`,
  )
