export { chips, loihi1, loihi2, type Chip, type SignMode } from './chip/chip.js'
export { checkLif, lifRest, lifStep, runLif } from './neuron/lif.js'
export type { LifParameters, LifState, LifStep, LifTrace } from './neuron/lif.js'
export { fewSpikeStep, fewSpikeSum } from './neuron/fewSpike.js'
export { checkSigmaDelta, runSigmaDelta, sigmaDeltaRest, sigmaDeltaStep } from './neuron/sigmaDelta.js'
export type { SigmaDeltaParameters, SigmaDeltaWords, SigmaDeltaTrace } from './neuron/sigmaDelta.js'
export {
  checkFormat,
  denseActivation,
  holdWeight,
  weightRange,
  weightStep,
  type WeightFormat,
} from './synapse/dense.js'
export { convolutionActivation } from './synapse/convolution.js'
export {
  floatStepper,
  stepperTraffic,
  type ChipConvolution,
  type ChipRollout,
  type ChipStepper,
  type ConvolutionReport,
  type ConvolutionTraffic,
  type FloatConvolution,
  type FloatStepper,
} from './stepper/chipStepper.js'
export { quantiseStepper } from './stepper/quantiseStepper.js'
export { fieldWords, runStepper, stepperUnits, type StepperUnits } from './stepper/runStepper.js'
export { tuneStepper, withStepperMismatch, type StepperTuning } from './stepper/tuneStepper.js'
export { checkTrace, type TraceDifference } from './trace/checkTrace.js'
export {
  readTrace,
  type ChipTrace,
  type DenseRecord,
  type LifRecord,
  type SigmaDeltaRecord,
} from './trace/readTrace.js'
export type { FloatLayer, FloatMatrix, FloatMlp } from './quantise/floatMlp.js'
export {
  quantise,
  type ChipLayer,
  type ChipNetwork,
  type LayerReport,
  type QuantiseOptions,
} from './quantise/quantise.js'
export { placeLayers, type Placement } from './quantise/placeLayers.js'
export { chipRates } from './network/chipRates.js'
export { hostCurrents, runChip } from './network/runChip.js'
export {
  deviceTensors,
  payloads,
  toDevice,
  type DeviceArrays,
  type DeviceLayer,
  type DeviceLayerParams,
  type DeviceNetwork,
  type DeviceNeurons,
  type DeviceOptions,
  type DeviceParams,
} from './training/deviceNetwork.js'
export { fromDevice, type LearnedWords } from './training/fromDevice.js'
export type { DeviceEstimator, DeviceEvaluation, DeviceMeasurement } from './training/deviceEstimator.js'
export { checkDeviceEstimator } from './training/checkDeviceEstimator.js'
export { deviceNodePerturbation } from './training/estimators/deviceNodePerturbation.js'
export { deviceSpsa } from './training/estimators/deviceSpsa.js'
export { deviceWeightPerturbation } from './training/estimators/deviceWeightPerturbation.js'
export { deviceState, deviceStep, readOutDevice } from './training/deviceStep.js'
export type { DeviceBatch, DeviceInputs, DeviceState, DeviceStepResult } from './training/deviceStep.js'
export { stochasticShift } from './integer/integer.js'
export type {
  DeviceComparison,
  DeviceLoss,
  DeviceOutcome,
  DeviceOutcomes,
  DeviceReadout,
} from './training/loss/deviceLoss.js'
export { errorNeuron } from './training/loss/errorNeuron.js'
export { hostLoss } from './training/loss/deviceLoss.js'
export { readoutTensors, trainDevice } from './training/trainDevice.js'
export type {
  DeviceTraining,
  HostDecoder,
  ReadoutNumbers,
  HostTraining,
  TrainedDevice,
} from './training/trainDevice.js'
export { withMismatch, type Mismatch } from './training/mismatch.js'
export { runDevice } from './training/runDevice.js'
export { checkWords } from './training/wordRanges.js'
export type { WordUse } from './training/wordUse.js'
export { chipStream } from './learning/chipStream.js'
export type {
  ChipStreamCarry,
  ChipStreamOptions,
  ChipStreamParams,
  ChipStreamState,
  ChipStreamTraces,
} from './learning/chipStream.js'
