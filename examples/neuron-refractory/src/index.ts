export { raisedCosine } from './raisedCosine.js'
export type { RaisedCosineOptions } from './raisedCosine.js'
export { refractory } from './refractory.js'
export type { RefractoryOptions, RefractoryState } from './refractory.js'
