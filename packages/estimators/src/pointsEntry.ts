/**
 * The estimators of networks that answer at points: all but those of losses over time, whose online learning a page
 * without sequences does not load.
 *
 * @module points
 */
export { directionalEstimate } from './random/along.js'
export type { DirectionalEstimate } from './random/along.js'
export { antithetic } from './combinators/antithetic.js'
export { average } from './combinators/average.js'
export { blocks } from './layers/blocks.js'
export type { Block } from './layers/blocks.js'
export { beside } from './combinators/beside.js'
export { bp } from './reverse/bp.js'
export type { BpOptions } from './reverse/bp.js'
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
export { exactForward } from './random/exactForward.js'
export type { ExactForwardOptions } from './random/exactForward.js'
export { mix } from './combinators/mix.js'
export type { MixState } from './combinators/mix.js'
export { normalise } from './combinators/normalise.js'
export { orthogonal } from './combinators/orthogonal.js'
export type { OrthogonalOptions, OrthogonalState } from './combinators/orthogonal.js'
export { perBlock } from './combinators/perBlock.js'
export type { PerBlockState } from './combinators/perBlock.js'
export { randomSign } from './combinators/randomSign.js'
export { targetRate } from './combinators/targetRate.js'
export type { TargetRateOptions } from './combinators/targetRate.js'
export { rfg } from './random/rfg.js'
export type { RfgOptions } from './random/rfg.js'
export type { Stateless } from '@spikeward/core'
export { withCosine } from './combinators/withCosine.js'
export { activity } from './activity/activity.js'
export type { ActivityOptions } from './activity/activity.js'
export { eligibility } from './activity/eligibility.js'
export type { EligibilityOptions } from './activity/eligibility.js'
export { exactReadout } from './combinators/exactReadout.js'
export { annealed } from './combinators/annealed.js'
export type { AnnealedState } from './combinators/annealed.js'
export { mezo } from './differences/mezo.js'
export { spsa } from './differences/spsa.js'
export type { Size } from './shared/estimatorOptions.js'
export type { SpsaOptions } from './differences/differences.js'
export type { DampedState, DampingOptions } from './secondOrder/damping.js'
export { gaussNewton } from './secondOrder/gaussNewton.js'
export type { GaussNewtonOptions, GaussNewtonState } from './secondOrder/gaussNewton.js'
export { subspaceGaussNewton } from './secondOrder/subspaceGaussNewton.js'
export type { SubspaceGaussNewtonOptions } from './secondOrder/subspaceGaussNewton.js'
export { controlVariate } from './combinators/controlVariate.js'
export type { ControlVariateOptions, ControlVariateState } from './combinators/controlVariate.js'
export { guided } from './combinators/guided.js'
export type { GuidedOptions, GuidedState } from './combinators/guided.js'
export { lowRank, rankOne } from './random/lowRank.js'
export type { LowRankOptions } from './random/lowRank.js'
export { orthogonalTangents } from './random/orthogonalTangents.js'
export type { OrthogonalTangentsOptions } from './random/orthogonalTangents.js'
export { eggroll } from './differences/eggroll.js'
export type { EggrollOptions } from './differences/eggroll.js'
export { evolution } from './differences/evolution.js'
export type { EvolutionOptions, Fitness } from './differences/evolution.js'
export { feedback } from './feedback/feedback.js'
export type { FeedbackOptions, FeedbackState } from './feedback/feedback.js'
export { localLoss } from './feedback/localLoss.js'
export type { Head, LocalLossOptions, LocalLossState } from './feedback/localLoss.js'
export { pseudoZeroth } from './feedback/pseudoZeroth.js'
export type { PseudoZerothOptions, PseudoZerothState } from './feedback/pseudoZeroth.js'
export { rateBackpropagation } from './feedback/rateBackpropagation.js'
export type { RateBackpropagationOptions } from './feedback/rateBackpropagation.js'
export type { Transport, TransportOptions, TransportState } from './feedback/transport.js'
