/**
 * Spiking networks for scientific machine learning, from a name to a trained run: `train`, its events, `predict`, `save` and `load`.
 *
 * @module spikeward
 */
export { load, train } from '@spikeward/experiment'
export type {
  Baselines,
  BeginEvent,
  EstimatorName,
  InputFunction,
  PredictOptions,
  Prediction,
  ProblemName,
  TrainEvent,
  TrainSettings,
  TrainedEvent,
  TrainedRun,
} from '@spikeward/experiment'
export { SpikewardError } from '@spikeward/core'
