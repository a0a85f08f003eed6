import type { FitEvent } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Experiment } from '../assembly/experiment.js'
import type { FigureNames } from '../node/figures/figureNames.js'
import type { DiagnosedState } from './diagnosis/runDiagnosis.js'

export type RunWatch = {
  readonly url: string
  /** Shows an event, and the state of the network if there is one. */
  show(event: FitEvent, state: DiagnosedState | null): Promise<void>
  end(text: string): Promise<void>
}

/**
 * Opens the live page of a run.
 *
 * @param names what the axes and outputs of the prediction are called
 */
export type OpenWatch = (config: TrainConfig, experiment: Experiment, names: FigureNames) => Promise<RunWatch>
