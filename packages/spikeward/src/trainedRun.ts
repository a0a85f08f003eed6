import type { BeginEvent, TrainEvent as OwnEvent, TrainedRun as OwnRun, TrainSettings } from '@spikeward/experiment'

/** A trained run. It holds a backend, and in a page a Worker, until it is disposed of. */
export type TrainedRun = Omit<OwnRun, 'experiment' | 'variables'>

/** The run is trained and measured. */
export type TrainedEvent = { readonly type: 'trained'; readonly run: TrainedRun }

/** The events of a run, in order: one `begin`, those of `fit` but its end, one `trained`. */
export type TrainEvent = Exclude<OwnEvent, { readonly type: 'trained' }> | TrainedEvent

/** See `train` of {@link "@spikeward/experiment"}. */
export type Train = {
  (settings: TrainSettings): Promise<TrainedRun>
  /** Trains, and yields the events of the run. Leaving the loop ends the training and frees everything. */
  steps(settings: TrainSettings): AsyncGenerator<TrainEvent, void, undefined>
}

export type { BeginEvent, TrainSettings }
