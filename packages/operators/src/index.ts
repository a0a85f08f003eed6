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

export { deepOnet } from './deepOnet.js'
export type {
  BranchNetwork,
  DeepOnet,
  DeepOnetFixed,
  DeepOnetOptions,
  DeepOnetTrained,
  DeepOnetVariables,
} from './deepOnet.js'
export { sepOnet } from './sepOnet.js'
export type { SepOnetFixed, SepOnetOptions, SepOnetTrained, SepOnetVariables } from './sepOnet.js'
export { mioNet } from './mioNet.js'
export type { MioNetOptions, MioNetVariables } from './mioNet.js'
export { podDeepOnet } from './podDeepOnet.js'
export type { PodDeepOnetOptions, PodDeepOnetVariables } from './podDeepOnet.js'
export { podBasis } from './podBasis.js'
export type { PodBasis } from './podBasis.js'
export { pinn, separablePinn } from './pinn.js'
export type {
  CoordinateNetwork,
  PinnOptions,
  PinnVariables,
  SeparablePinnOptions,
  SeparablePinnVariables,
} from './pinn.js'
export { independent } from './independent.js'
export { coordinate, vanishing, withHardConditions } from './hardConditions.js'
export type { Held, VanishingOptions } from './hardConditions.js'
export { amplitude, rootMeanSquare } from './amplitude.js'
export type { Amplitude, AmplitudeOptions } from './amplitude.js'
export { divided, withAmplitude } from './withAmplitude.js'
export type { Amplified } from './withAmplitude.js'
export { solveOperatorReadout } from './solveOperatorReadout.js'
export type { SolveOperatorReadoutOptions } from './solveOperatorReadout.js'
export { solvePhysicsReadout } from './solvePhysicsReadout.js'
export type { SolvePhysicsReadoutOptions } from './solvePhysicsReadout.js'
export { standardiseHeld, standardiseOutputs, standardiseSensors, standardiseTold } from './standardiseOperator.js'

export { fieldOf } from './fieldOf.js'
export type { FieldOptions } from './fieldOf.js'
export { exactDerivatives } from './derivatives/exact.js'
export { surrogateDerivatives } from './derivatives/surrogate.js'
export { steinDerivatives } from './derivatives/stein.js'
export type { SteinDerivativesOptions } from './derivatives/stein.js'
export { stencilDerivatives } from './derivatives/stencil.js'
export type { StencilDerivativesOptions } from './derivatives/stencil.js'
export { noDerivatives } from './derivatives/none.js'

export type { BlockFixed, BlockTrained, BlockVariables } from './blocks/block.js'
export type { BlockOptions } from './blocks/makeBlock.js'
export type { ModifiedBlockOptions, SpikingUnits } from './blocks/modifiedBlock.js'
export type { SmoothBlockOptions } from './blocks/smoothBlock.js'
export type { SpikingBlockOptions } from './blocks/spikingBlock.js'
export type { BranchOptions } from './branchSide.js'
export type { TrunkOptions } from './trunkSide.js'
export type { MultiOutput } from './multiOutput.js'
export type { Domain, ShiftScale } from './normalise.js'
export type { OutputFixed, OutputScale } from './outputs.js'
