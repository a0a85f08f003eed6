export { cpu, type CpuOptions } from './cpu.js'
export { workerSource } from './threads/workerSource.js'
