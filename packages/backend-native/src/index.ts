export { native, type MachinePeaks, type NativeBackend, type NativeExecutable } from './native.js'
export type { NativeOptions } from './native.js'
export { type InstructionSet } from './addon.js'
