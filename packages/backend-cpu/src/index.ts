export { cpu } from './cpu.js'
export type { CpuOptions } from './cpuOptions.js'
export { workerSource } from './threads/workerSource.js'
