/**
 * The estimators of networks that answer at points: all but those of losses over time, whose online learning a page
 * without sequences does not load.
 *
 * @module points
 */
export { directionalEstimate, type DirectionalEstimate } from './random/along.js'
export { antithetic } from './combinators/antithetic.js'
export { average } from './combinators/average.js'
export { blocks, type Block } from './layers/blocks.js'
export { beside } from './combinators/beside.js'
export { bp, type BpOptions } from './reverse/bp.js'
export {
  basis,
  coordinateDistribution,
  distributions,
  gaussianDistribution,
  independent,
  laplaceDistribution,
  rademacherDistribution,
  sphereDistribution,
  uniformDistribution,
} from './random/distributions.js'
export type { Distribution } from './random/distributions.js'
export { exactForward, type ExactForwardOptions } from './random/exactForward.js'
export { mix, type MixState } from './combinators/mix.js'
export { normalise } from './combinators/normalise.js'
export { orthogonal, type OrthogonalOptions, type OrthogonalState } from './combinators/orthogonal.js'
export { perBlock, type PerBlockState } from './combinators/perBlock.js'
export { randomSign } from './combinators/randomSign.js'
export { targetRate, type TargetRateOptions } from './combinators/targetRate.js'
export { rfg, type RfgOptions } from './random/rfg.js'
export type { Stateless } from '@spikeward/core'
export { withCosine } from './combinators/withCosine.js'
export { activity, type ActivityOptions } from './activity/activity.js'
export { eligibility, type EligibilityOptions } from './activity/eligibility.js'
export { exactReadout } from './combinators/exactReadout.js'
export { annealed, type AnnealedState } from './combinators/annealed.js'
export { mezo } from './differences/mezo.js'
export { spsa } from './differences/spsa.js'
export type { Size } from './shared/estimatorOptions.js'
export type { SpsaOptions } from './differences/differences.js'
export type { DampedState, DampingOptions } from './secondOrder/damping.js'
export { gaussNewton, type GaussNewtonOptions, type GaussNewtonState } from './secondOrder/gaussNewton.js'
export { subspaceGaussNewton, type SubspaceGaussNewtonOptions } from './secondOrder/subspaceGaussNewton.js'
export { controlVariate, type ControlVariateOptions, type ControlVariateState } from './combinators/controlVariate.js'
export { guided, type GuidedOptions, type GuidedState } from './combinators/guided.js'
export { lowRank, rankOne, type LowRankOptions } from './random/lowRank.js'
export { orthogonalTangents, type OrthogonalTangentsOptions } from './random/orthogonalTangents.js'
export { eggroll, type EggrollOptions } from './differences/eggroll.js'
export { evolution, type EvolutionOptions, type Fitness } from './differences/evolution.js'
export { feedback, type FeedbackOptions, type FeedbackState } from './feedback/feedback.js'
export { localLoss, type Head, type LocalLossOptions, type LocalLossState } from './feedback/localLoss.js'
export { pseudoZeroth, type PseudoZerothOptions, type PseudoZerothState } from './feedback/pseudoZeroth.js'
export { rateBackpropagation, type RateBackpropagationOptions } from './feedback/rateBackpropagation.js'
export type { Transport, TransportOptions, TransportState } from './feedback/transport.js'
