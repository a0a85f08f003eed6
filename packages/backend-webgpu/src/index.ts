export { webgpu, type WebGpuBackend } from './webgpu.js'
export type { WebGpuOptions } from './webgpuOptions.js'
export type { WebGpuExecutable } from './plan/compilePlan.js'
export type { Operands, Products } from './device/traits.js'
