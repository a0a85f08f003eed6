export { cpu } from './cpu.js'
export type { CpuOptions } from './options.js'
export { workerSource } from './threads/workerSource.js'
