/**
 * Spiking networks for scientific machine learning, from a name to a trained run: `train`, its events, `predict`,
 * `save` and `load`; and `learn`, from a stream while it runs.
 *
 * @module spikeward
 */
import { load as loadRun } from '@spikeward/experiment'
import { train as trainRun } from '#train'
import type { Train, TrainedRun } from './trainedRun.js'

/**
 * Trains a network. Only a problem or data are required; the rest has tuned defaults. In a page the training runs in a
 * Worker, unless the settings hold functions of your own.
 *
 * @example
 * const run = await train({ problem: 'burgers', estimator: 'eligibility', key: 1 })
 * const { values } = await run.predict({ input: (x) => Math.sin(2 * Math.PI * x), at: { x: [0.5], t: [1] } })
 * @throws CLI_USAGE, CLI_UNKNOWN_NAME and other errors of wrong settings; NON_FINITE_LOSS; the reason of `signal`
 */
export const train: Train = trainRun

/**
 * Opens the run in a folder, which the command or `run.save` wrote.
 *
 * @throws RUN_FOLDER_INVALID, RUN_FOLDER_NEWER, CHECKPOINT_MISMATCH; NEEDS_NODE in a page
 */
export const load: (folder: string) => Promise<TrainedRun> = loadRun

export { learnStream as learn } from '@spikeward/experiment'
export { bluetoothSamples, serialSamples, socketSamples } from '@spikeward/train'
export type { LearnedSample, Sample } from '@spikeward/train'
export type {
  Baselines,
  DataArrays,
  DataSequences,
  DataTrajectories,
  EstimatorName,
  InputFunction,
  LearnSettings,
  PredictOptions,
  Prediction,
  ProblemName,
  DataRows,
} from '@spikeward/experiment'
export type { BeginEvent, Train, TrainEvent, TrainSettings, TrainedEvent, TrainedRun } from './trainedRun.js'
export { SpikewardError } from '@spikeward/core'
