import { type OptionsOf, choice, defineOptions, integer, opaque, SpikewardError } from '@spikeward/core/backend'
import { isSoftware } from './device/adapter.js'
import type { Operands, Products } from './device/traits.js'

const isDevice = (value: unknown): value is GPUDevice =>
  typeof value === 'object' && value !== null && 'queue' in value && 'limits' in value

/** Options of `webgpu`. */
export const options = /* @__PURE__ */ defineOptions(() => ({
  /** Your own device, with the limits that you requested; it is not destroyed with the backend. Default: a new one. */
  device: opaque('a GPUDevice', isDevice, { computed: 'a new one', help: 'your own device' }),
  /** The adapter to request if there are several. */
  powerPreference: choice(['low-power', 'high-performance'], {
    computed: 'the choice of the browser',
    help: 'the adapter to request if there are several',
  }),
  /** The limit for tensors and workspaces together, in bytes. Default and maximum: the largest buffer of the device. */
  memoryLimitBytes: integer({
    min: 256,
    computed: 'the largest buffer of the device, which is also the maximum',
    help: 'limit for tensors and workspaces together, in bytes',
  }),
  /**
   * How large matrix products are computed: in tiles of workgroup memory or in blocks of registers. Default: blocks on
   * a software renderer, tiles on a GPU. Sums have the same order in both.
   */
  products: choice(['tiles', 'blocks'] satisfies readonly Products[], {
    computed: 'blocks on a software renderer, tiles on a GPU',
    help: 'large products in tiles of workgroup memory or in blocks of registers',
  }),
  /**
   * The type that operands of large dense products are rounded to; default `'f32'`. `'f16'` (11 bits, magnitudes up to
   * 65504) halves the workgroup memory of tiles; sums stay f32, and so do products with spikes. Results then differ
   * from other backends by up to 2⁻¹⁰ Σ|a||b|. It needs a device with `shader-f16`.
   */
  operands: choice(['f32', 'f16'] satisfies readonly Operands[], {
    default: 'f32',
    help: 'the type that operands of large dense products are rounded to',
  }),
}))

/** Options of {@link webgpu}. */
export type WebGpuOptions = OptionsOf<typeof options>

/** The memory limit of a backend in bytes. */
export function memoryLimit(bytes: number | undefined, limits: GPUSupportedLimits): number {
  // A multiple of the alignment of allocations.
  const most = Math.floor(Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) / 256) * 256
  if (bytes === undefined) return most
  if (!Number.isInteger(bytes) || bytes < 256 || bytes > most) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `webgpu: memoryLimitBytes is ${bytes}; it must be a whole number from 256 to ${most}, the largest buffer that this device binds`,
    )
  }
  return Math.floor(bytes / 256) * 256
}

/** How a device computes large products by default. */
export const productsFor = (device: GPUDevice): Products => (isSoftware(device) ? 'blocks' : 'tiles')

/**
 * Refuses a type of operands that the device lacks.
 *
 * @throws UNSUPPORTED_DTYPE
 */
export function checkOperands(operands: Operands, device: GPUDevice): void {
  if (operands === 'f32' || device.features.has('shader-f16')) return
  throw new SpikewardError(
    'UNSUPPORTED_DTYPE',
    "webgpu: operands is 'f16', which needs a device with the feature shader-f16; use 'f32', or a device that has it",
  )
}
