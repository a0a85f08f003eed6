/**
 * Training on any platform; run folders are in `@spikeward/train/node`.
 *
 * @module train
 */
export { fit, type FitRun } from './fit/fit.js'
export { trialOf } from './fit/trialOf.js'
export { timedRuns } from './fit/timedRuns.js'
export type {
  Callback,
  RegressionFitOptions,
  RunOptions,
  SharedCallback,
  TaskFitOptions,
} from './fit/fitOptions.js'
export type {
  CheckEvent,
  CheckpointEvent,
  EndEvent,
  BestEvent,
  EndReason,
  FitEvent,
  MetricsEvent,
  StartEvent,
  ValidationEvent,
} from './fit/events.js'
export { checkModel } from './checkpoint/checkModel.js'
export { meanSquaredError, regressionTask, toPoints } from './tasks/regressionTask.js'
export { meanRelativeError } from './tasks/operatorParts.js'
export type { Points, RegressionTaskOptions } from './tasks/regressionTask.js'
export type { Variables } from '@spikeward/core'
export type { Task } from './tasks/task.js'
export { stepLossOf, type TaskArguments } from './tasks/stepLossOf.js'
export { lossAt, stepKeys, trainStep, type StepLoss, type TrainState, type TrainStep } from './fit/trainStep.js'
export { ensemble, ensembleTask, memberOf, operatorEnsemble } from './fit/ensemble.js'
export { compiledStepper, type MakeStepper, type Stepper } from './fit/stepper.js'
export { evaluate, evaluator } from './evaluation/evaluate.js'
export type { BackendEvaluation, EvaluateOptions, Evaluation, Evaluator } from './evaluation/evaluate.js'
export { restoreVariables, snapshotOf } from './checkpoint/snapshot.js'
export type { Best, Json, JsonRecord, Snapshot } from './checkpoint/snapshot.js'
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint/encodeCheckpoint.js'
export { decodeSafetensors, encodeSafetensors } from './checkpoint/safetensors.js'
export type { DecodeOptions, HostTensor, SafetensorsFile } from './checkpoint/safetensors.js'
export { recursiveLeastSquares } from './stream/leastSquares.js'
export type { LeastSquares, LeastSquaresOptions, LeastSquaresState } from './stream/leastSquares.js'
export { learn, learner, learnerSettings } from './stream/learner.js'
export type { LearnedSample, Learner, LearnOptions, Sample } from './stream/learner.js'
export { byTraces } from './stream/learningRule.js'
export type { LearningRule, StreamNetwork } from './stream/learningRule.js'
export type { ClockCounts } from './stream/clock.js'
export { bluetoothSamples, serialSamples, socketSamples } from './stream/webSources.js'
export type { CharacteristicLike, PortLike, ReadSample, SocketLike } from './stream/webSources.js'
export { sigmaDeltaRollout, sigmaDeltaStart } from './sigmaDelta/sigmaDeltaRollout.js'
export type { Advance, SigmaDeltaRollout, RolloutState, SigmaDeltaUnits } from './sigmaDelta/sigmaDeltaRollout.js'
export { rolloutError, toSigmaDelta } from './sigmaDelta/toSigmaDelta.js'
export type { SigmaDeltaThresholds, ToSigmaDeltaOptions } from './sigmaDelta/toSigmaDelta.js'
export { operatorTask, type OperatorTaskOptions } from './tasks/operatorTask.js'
export { rollout, rolloutTask } from './tasks/rolloutTask.js'
export type { RolloutTaskOptions, RolloutTensors, RolloutTraining } from './tasks/rolloutTask.js'
export { networkRollout, rolloutMeasures } from './evaluation/rolloutMeasures.js'
export type { NetworkRolloutOptions, PredictFrames, RolloutMeasures } from './evaluation/rolloutMeasures.js'
export { equationResiduals, type Collocation, type PhysicsOptions } from './tasks/physicsLoss.js'
export { balanced, type BalancedOptions } from './refinement/balanced.js'
export { causal, type CausalOptions } from './refinement/causal.js'
export { rad, type RadOptions } from './refinement/rad.js'
export { rar, type RarOptions } from './refinement/rar.js'
export type { CollocationState, Refinement, RefinementSource } from './refinement/refinement.js'
export { asRegression, pinnTask, type PinnTaskOptions } from './tasks/pinnTask.js'
export { bestReadout, lastReadout, readoutPenalties } from './evaluation/bestReadout.js'
export type { BestReadout, BestReadoutOptions } from './evaluation/bestReadout.js'
export {
  evaluateOperator,
  operatorEvaluator,
  sampleDeviation,
  sampleMean,
  sampleMedian,
} from './evaluation/evaluateOperator.js'
export type { EvaluateOperatorOptions, OperatorEvaluation, OperatorEvaluator } from './evaluation/evaluateOperator.js'
