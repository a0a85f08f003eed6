export { native, type NativeOptions } from './native.js'
export { type Isa } from './addon.js'
