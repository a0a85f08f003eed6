/**
 * The messages between a page and the Worker that trains for it. A Worker holds one run, and answers one request at a
 * time.
 */
import type { OperatorExperiment, PredictOptions, Prediction, TrainSettings } from '@spikeward/experiment'
import type { FigureSpec } from '@spikeward/plots'
import type { Snapshot } from '@spikeward/train'
import type { TrainEvent, TrainedRun } from './trainedRun.js'

/** A request of a page. */
export type Request =
  | { readonly type: 'begin'; readonly settings: TrainSettings }
  | { readonly type: 'next' }
  | { readonly type: 'predict'; readonly options: PredictOptions }
  | { readonly type: 'figure' }

/**
 * A trained run without its functions. `atResult` is the snapshot with the variables that its errors belong to, where
 * `from` of another run starts; `sensors` turn input functions into values; null for a problem without them.
 */
export type RunFacts = Pick<
  TrainedRun,
  'config' | 'relativeL2' | 'relativeL2Pooled' | 'baselines' | 'result' | 'snapshot'
> & {
  readonly atResult: Snapshot
  readonly sensors: OperatorExperiment['problem']['sensors'] | null
}

/** The next event, or null after the last. */
export type Next =
  | Exclude<TrainEvent, { readonly type: 'trained' }>
  | { readonly type: 'trained'; readonly facts: RunFacts }

/** An answer to the oldest open request, or a note. */
export type Answer =
  | { readonly type: 'value'; readonly value: Next | Prediction | FigureSpec | null }
  | { readonly type: 'error'; readonly code: string | null; readonly message: string }
  | { readonly type: 'note'; readonly line: string }
