/** The settings of a training. */
export type LongTraining = {
  readonly neurons: number
  /** T. */
  readonly time: number
  readonly estimator: string
  readonly learningRate: number
  readonly steps: number
  readonly batch: number
  readonly networkKey: number
  /** Bytes that a step may use. */
  readonly memory: number
}

/** The outcome of a training; errors are null if its step did not fit into the memory. */
export type LongOutcome = {
  /** Workspace of a step, from its plan. It excludes the sequences that a step receives. */
  readonly bytes: number
  /** The error on fresh samples. */
  readonly loss: number | null
  /** The share of wrong answers, of a problem with two answers. */
  readonly wrong?: number | null
  /** The error of the untrained layer with a readout that ridge regression finds. */
  readonly ridge?: number | null
  readonly seconds: number | null
}
