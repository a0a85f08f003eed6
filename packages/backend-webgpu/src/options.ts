import { SpikewardError } from '@spikeward/core/backend'
import { isSoftware } from './device/adapter.js'
import type { Operands, Products } from './device/traits.js'

/** Options of `webgpu`. */
export interface WebGpuOptions {
  /** A device of yours, with the limits that you requested; it is not destroyed with the backend. Default: a new one. */
  readonly device?: GPUDevice
  /** The adapter to request where there are several. */
  readonly powerPreference?: GPUPowerPreference
  /** Most bytes of tensors and workspaces together. Default and maximum: the largest buffer of the device. */
  readonly memoryLimitBytes?: number
  /**
   * How large matrix products are computed: in tiles of workgroup memory or in blocks of registers. Default: blocks on a
   * software renderer, tiles on a GPU. Sums have the same order in both.
   */
  readonly products?: Products
  /**
   * The type that operands of large dense products are rounded to; default `'f32'`. `'f16'` (11 bits, magnitudes up to 65504)
   * halves the workgroup memory of tiles; sums stay f32, and so do products with spikes. Results then differ from other
   * backends by up to 2⁻¹⁰ Σ|a||b|. It needs a device with `shader-f16`.
   */
  readonly operands?: Operands
}

/** The memory limit of a backend in bytes. */
export function memoryLimit(asked: number | undefined, limits: GPUSupportedLimits): number {
  // A multiple of the alignment of allocations.
  const most = Math.floor(Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) / 256) * 256
  if (asked === undefined) return most
  if (!Number.isInteger(asked) || asked < 256 || asked > most) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `webgpu: memoryLimitBytes is ${asked}; it must be a whole number from 256 to ${most}, the largest buffer that this device binds`,
    )
  }
  return Math.floor(asked / 256) * 256
}

/** How a device computes large products. */
export function productsFor(asked: Products | undefined, device: GPUDevice): Products {
  if (asked === undefined) return isSoftware(device) ? 'blocks' : 'tiles'
  if (['tiles', 'blocks'].includes(asked)) return asked
  throw new SpikewardError('INVALID_OPTION', `webgpu: products is '${String(asked)}'; it must be 'tiles' or 'blocks'`)
}

/** The type that a device rounds operands of large dense products to. */
export function operandsFor(asked: Operands = 'f32', device: GPUDevice): Operands {
  if (!['f32', 'f16'].includes(asked))
    throw new SpikewardError('INVALID_OPTION', `webgpu: operands is '${String(asked)}'; it must be 'f32' or 'f16'`)
  if (asked === 'f16' && !device.features.has('shader-f16')) {
    throw new SpikewardError(
      'UNSUPPORTED_DTYPE',
      "webgpu: operands is 'f16', which needs a device with the feature shader-f16; use 'f32', or a device that has it",
    )
  }
  return asked
}
