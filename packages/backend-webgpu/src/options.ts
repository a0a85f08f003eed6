import { SpikewardError } from '@spikeward/core/backend'
import { isSoftware } from './device/adapter.js'
import type { Operands, Products } from './device/traits.js'

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
  /**
   * What operands of large dense products are rounded to. `'f16'` (11 bits, magnitudes up to 65504; sums stay f32) halves the
   * workgroup memory of tiles, and is off unless asked for, since results then differ from every other backend by up to 2⁻¹⁰ Σ|a||b|.
   * Needs a device with `shader-f16`. Products with spikes are sums and stay f32. Default: `'f32'`.
   */
  readonly operands?: Operands
}

/** The bytes that a backend may take. */
export function memoryLimit(asked: number | undefined, limits: GPUSupportedLimits): number {
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

/** How a device does large products. */
export function productsFor(asked: Products | undefined, device: GPUDevice): Products {
  if (asked === undefined) return isSoftware(device) ? 'blocks' : 'tiles'
  if (['tiles', 'blocks'].includes(asked)) return asked
  throw new SpikewardError('INVALID_OPTION', `webgpu: products: '${String(asked)}'; 'tiles' and 'blocks' are possible`)
}

/** What a device rounds the operands of large dense products to. */
export function operandsFor(asked: Operands = 'f32', device: GPUDevice): Operands {
  if (!['f32', 'f16'].includes(asked))
    throw new SpikewardError('INVALID_OPTION', `webgpu: operands: '${String(asked)}'; 'f32' and 'f16' are possible`)
  if (asked === 'f16' && !device.features.has('shader-f16')) {
    throw new SpikewardError(
      'UNSUPPORTED_DTYPE',
      "webgpu: operands in f16 on a device without the feature shader-f16; leave operands at 'f32', or give a device that has it",
    )
  }
  return asked
}
