export { spikingMlp } from './spikingMlp.js'
export type {
  SpikingMlp,
  SpikingMlpFixed,
  SpikingMlpOptions,
  SpikingMlpTrained,
  SpikingMlpVariables,
} from './spikingMlp.js'
export { standardise } from './standardise.js'
export { ridgeReadout } from './ridge.js'
export type { HostReadout } from './ridge.js'
export { untrainedRidge } from './untrainedRidge.js'
export type { RidgeBaseline } from './untrainedRidge.js'
export { solveReadout } from './solveReadout.js'
export type { SolveReadoutOptions } from './solveReadout.js'
export type { Affine, FeatureNetwork, Variables, WithCentre, WithReadout } from './variables.js'
