/**
 * What runs anywhere; run folders are in `@spikeward/train/node`.
 *
 * @module train
 */
export { fit } from './fit.js'
export type { Interlude, RegressionFitOptions, RunOptions, TaskFitOptions } from './options.js'
export type {
  CheckpointEvent,
  EndEvent,
  EndReason,
  FitEvent,
  MetricsEvent,
  StartEvent,
  ValidationEvent,
} from './events.js'
export { meanSquaredError, regressionTask, toPoints } from './task.js'
export type { Points, RegressionTaskOptions, Task, Variables } from './task.js'
export { trainStep } from './trainStep.js'
export type { StepLoss, TrainState, TrainStep } from './trainStep.js'
export { evaluate, evaluator } from './evaluate.js'
export type { EvaluateOptions, Evaluation, Evaluator } from './evaluate.js'
export { restoreVariables } from './restore.js'
export type { Snapshot } from './snapshot.js'
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js'
export { decodeSafetensors, encodeSafetensors } from './safetensors.js'
export type { DecodeOptions, HostTensor, SafetensorsFile } from './safetensors.js'
export { operatorTask, toOperatorTensors } from './operatorTask.js'
export type { OperatorTaskOptions } from './operatorTask.js'
export { asRegression, pinnTask } from './physicsLoss.js'
export type { Collocation, PhysicsOptions, PinnTaskOptions } from './physicsLoss.js'
export { evaluateOperator, operatorEvaluator } from './evaluateOperator.js'
export type { EvaluateOperatorOptions, OperatorEvaluation, OperatorEvaluator } from './evaluateOperator.js'
