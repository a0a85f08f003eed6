export { along } from './along.js'
export type { AlongResult } from './along.js'
export { antithetic } from './antithetic.js'
export { average } from './average.js'
export { blocks } from './blocks.js'
export type { Block } from './blocks.js'
export { bp } from './bp.js'
export {
  basis,
  coordinate,
  distributions,
  gaussian,
  independent,
  laplace,
  rademacher,
  sphere,
  uniform,
} from './distributions.js'
export type { Distribution } from './distributions.js'
export { exactForward } from './exactForward.js'
export type { ExactForwardOptions } from './exactForward.js'
export { mix } from './mix.js'
export type { MixState } from './mix.js'
export { multiTangent } from './multiTangent.js'
export type { MultiTangentOptions } from './multiTangent.js'
export { normalise } from './normalise.js'
export { perBlock } from './perBlock.js'
export type { PerBlockState } from './perBlock.js'
export { rfg } from './rfg.js'
export type { RfgOptions } from './rfg.js'
export type { Stateless } from './stats.js'
export { withCosine } from './withCosine.js'
export { activity } from './activity.js'
export type { ActivityOptions } from './activity.js'
export { eligibility } from './eligibility.js'
export type { EligibilityOptions } from './eligibility.js'
export { exactReadout } from './exactReadout.js'
export { annealed } from './annealed.js'
export type { AnnealedState } from './annealed.js'
export { mezo, spsa } from './spsa.js'
export type { Size } from './options.js'
export type { SpsaOptions } from './spsa.js'
