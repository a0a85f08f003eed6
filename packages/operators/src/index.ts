/**
 * Networks of functions, operators and equations, their wrappers, derivatives and solved readouts; the networks alone,
 * for pages, are `@spikeward/operators/networks`.
 *
 * @module operators
 */
export { spikingMlp } from './spikingMlp/spikingMlp.js'
export type {
  SpikingMlp,
  SpikingMlpFixed,
  SpikingMlpTrained,
  SpikingMlpVariables,
} from './spikingMlp/spikingMlp.js'
export type { SpikingMlpOptions } from './spikingMlp/spikingMlpOptions.js'

export { spikingStream } from './recurrent/spikingStream.js'
export type {
  SpikingStream,
  SpikingStreamOptions,
  SpikingStreamParams,
  SpikingStreamState,
} from './recurrent/spikingStream.js'
export { spikingRnn } from './recurrent/spikingRnn.js'
export type { SequenceTask, SpikingRnn, SpikingRnnOptions, SpikingRnnParams } from './recurrent/spikingRnn.js'

export { fno, type FnoOptions, type FnoParams } from './networks/fno.js'

export * from './networksEntry.js'

export { principalComponents, type PrincipalComponents } from './statistics/principalComponents.js'
export type { BranchOptions } from './blocks/branch.js'
export type { TrunkOptions } from './blocks/trunk.js'
export type { MultiOutput } from './blocks/contraction.js'

export type { BlockFixed, BlockTrained, BlockVariables } from './blocks/block.js'
export type { BlockOptions } from './blocks/makeBlock.js'
export type { ModifiedBlockOptions, SpikingUnits } from './blocks/modifiedBlock.js'
export type { SmoothBlockOptions } from './blocks/smoothBlock.js'
export type { SpikingBlockOptions } from './blocks/spikingBlock.js'

export { amplitudeTreatments, type AmplitudeTreatment } from './assembly/amplitudeTreatments.js'
export { operatorNetwork, type MadeOperator } from './assembly/operatorNetwork.js'
export { operatorSolvers, type OperatorSolvers, type ReadoutSolver } from './assembly/operatorSolvers.js'
export { prepareOperator, type PrepareOperatorOptions, type PreparedOperator } from './assembly/prepareOperator.js'
export { blockOf, spikingParts, type BlockForm, type SpikingParts } from './assembly/spikingParts.js'
export { sizedOptions, suppliedOptions, type OperatorSizes } from './assembly/suppliedOptions.js'

export { independentNetworks } from './wrappers/independentNetworks.js'
export { withCoefficients, type WithCoefficients } from './wrappers/withCoefficients.js'
export { timeStep, timeStepper, type TimeStep } from './wrappers/timeStepper.js'
export { withHardConditions, withPhysics, type EncodedWithInput } from './wrappers/withHardConditions.js'
export { vanishing, type VanishingOptions } from './wrappers/vanishing.js'
export { amplitude, rootMeanSquare, type Amplitude, type AmplitudeOptions } from './wrappers/amplitude.js'
export { divideAmplitude, withAmplitude, type EncodedWithAmplitude } from './wrappers/withAmplitude.js'

export { ridgeReadout, type HostReadout } from './readouts/ridgeReadout.js'
export { readoutLeaves, residualRidge } from './readouts/residualRidge.js'
export type { ResidualRidge, ResidualRidgeOptions } from './readouts/residualRidge.js'
export { untrainedRidge, type RidgeBaseline } from './readouts/untrainedRidge.js'
export { operatorReadoutPath } from './readouts/operator/operatorReadoutPath.js'
export { sharedOperatorReadout } from './readouts/operator/sharedOperatorReadout.js'
export { sharedReadout, type SharedReadout } from './readouts/sharedReadout.js'
export { solveReadout, type SolveReadoutOptions } from './readouts/solveReadout.js'
export { solveOperatorReadout } from './readouts/operator/solveOperatorReadout.js'
export type { SolveOperatorReadoutOptions } from './readouts/operator/operatorReadoutSettings.js'
export { solvePhysicsReadout, type SolvePhysicsReadoutOptions } from './readouts/solvePhysicsReadout.js'

export { fieldOf, type FieldOptions } from './derivatives/fieldOf.js'
export { exactDerivatives, surrogateDerivatives } from './derivatives/exactDerivatives.js'
export { steinDerivatives, type SteinDerivativesOptions } from './derivatives/steinDerivatives.js'
export { stencilDerivatives, stencilWidth, type StencilDerivativesOptions } from './derivatives/stencilDerivatives.js'
export { noDerivatives } from './derivatives/noDerivatives.js'

export {
  standardise,
  standardiseHardOutputs,
  standardiseOutputs,
  standardiseSensors,
  standardiseSensorsAndAmplitude,
} from './statistics/standardiseOperator.js'
export { podBasis, type PodBasis } from './statistics/podBasis.js'

export type { Affine } from '@spikeward/core'
export type { Domain } from '@spikeward/core'
export type { FeatureNetwork, WithCentre, WithReadout } from './shared/networkOptions.js'
export type { OutputFixed, OutputScale, ShiftScale } from './scales/outputScale.js'
export type { Variables } from '@spikeward/core'
export { recurrentNetwork, type RecurrentNetworkOptions } from './recurrent/recurrentNetwork.js'
export { gruNetwork, lstmNetwork } from './recurrent/gatedNetworks.js'
export type { GatedNetworkOptions, GatedParams, GruParams, LstmParams } from './recurrent/gatedNetworks.js'
export type { WindowFixed } from './recurrent/overWindow.js'
