export { webgpu, type WebGpuBackend, type WebGpuOptions } from './webgpu.js'
export type { WebGpuExecutable } from './plan/executable.js'
export type { Products } from './routines/dot.js'
