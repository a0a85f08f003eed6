export { webgpu, type WebGpuBackend, type WebGpuOptions } from './webgpu.js'
export type { WebGpuExecutable } from './plan/executable.js'
export type { Products } from './device/traits.js'
