export { native, type MachinePeaks, type NativeBackend, type NativeExecutable, type NativeOptions } from './native.js'
export { type InstructionSet } from './addon.js'
