/** A reproduction of a paper: its rows, and the settings with which we run them. */
import type { DataFlags, PartialSettings, NetworkOptions, OptionValues } from '@spikeward/experiment'

/** Settings of the rows of a problem; unspecified ones are the defaults of the problem and the estimator. */
export type CaseSettings = NetworkOptions &
  Pick<PartialSettings, 'optimizer' | 'learningRate' | 'schedule' | 'steps' | 'batch' | 'readoutSolve'> &
  Partial<Pick<DataFlags, 'sizes'>>

export type RowSettings = CaseSettings & {
  readonly estimator: string
  /** Values of the options that its parts declare, in place of those of the problem. */
  readonly declared?: OptionValues
}

/** One row of the paper: its name of the method, its error if known, and our settings. */
export type ReproduceRow = { readonly label: string; readonly paper: number | null; readonly ours: RowSettings }

export type ReproduceCase = {
  /** Name in the tables and of `--only`. */
  readonly name: string
  /** Name in the catalogue. */
  readonly problem: string
  /** Values of the options that the problem and the parts of all rows declare. Default none. */
  readonly declared?: OptionValues
  /** The parts of the problem that are our choice, since the paper does not specify them. */
  readonly choice: string
  /** Settings of all rows: those that differ from the defaults of the problem. */
  readonly common: CaseSettings
  /** Slopes by our names, and their names in the paper. */
  readonly surrogates: readonly { readonly name: string; readonly about: string }[]
  readonly rows: readonly ReproduceRow[]
}

export type Reproduction = {
  readonly title: string
  readonly cite: string
  /** Facts that a reader needs to interpret the table. */
  readonly caveats: readonly string[]
  /**
   * The paper's claimed saving of cost against back-propagation, next to which we print our measurement; null: it
   * claims none.
   */
  readonly claimedSaving: number | null
  readonly cases: readonly ReproduceCase[]
}
