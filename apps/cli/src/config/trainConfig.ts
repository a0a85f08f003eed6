import type { OptionValues } from '../catalogue/optionValues.js'

/** Widths of the hidden layers. */
export type Widths = readonly number[]

/**
 * Everything that a run depends on: what config.json holds. Names are those of the catalogue or `package#name`; values of
 * declared options are stored by flag under the kind of their factory.
 */
export type TrainConfig = {
  /** Which version of this record it is. */
  readonly format: 2
  readonly problem: string
  readonly problemOptions: OptionValues
  /** The key that an operator's functions are drawn from; people's own are dealt out by it. */
  readonly dataKey: number
  /** People's own data: a file by its whole path, the names of its arrays, its SHA-256. */
  readonly data: string | null
  readonly inputs: string | null
  readonly outputs: string | null
  readonly coords: string | null
  readonly dataHash: string | null
  readonly network: string
  readonly networkOptions: OptionValues
  /** Hidden layers of a network that is one block. */
  readonly hidden: Widths | null
  /** Of an operator network: hidden layers of branch and trunk, the length of their product, products of axis functions. */
  readonly branch: Widths | null
  readonly trunk: Widths | null
  readonly features: number | null
  readonly rank: number | null
  /** Which parts spike: `branch,trunk`, `branch`, `trunk`, `none`. */
  readonly spiking: string | null
  /** `data`, `physics` or `hybrid`. */
  readonly loss: string | null
  readonly derivative: string | null
  /** Width of a stencil, or deviation of the noise of Stein's derivatives. */
  readonly derivativeStep: number | null
  readonly collocation: number | null
  /** Evaluation points a step, null for all. */
  readonly points: number | null
  /** Whether conditions are built into the output, where the problem offers that. */
  readonly hard: boolean | null
  /** What becomes of an input function's amplitude: `none`, `divide`, `tell`. */
  readonly amplitude: string | null
  readonly time: number
  readonly neuron: string
  readonly neuronOptions: OptionValues
  readonly surrogate: string
  readonly surrogateOptions: OptionValues
  readonly estimator: string
  readonly estimatorOptions: OptionValues
  /** Whether the readout's gradient is formed exactly, beside an estimator that does not do so itself. */
  readonly exactReadout: boolean
  readonly optimizer: string
  readonly optimizerOptions: OptionValues
  readonly learningRate: number
  readonly schedule: string
  readonly steps: number
  /** The time that was asked for, null where steps were. */
  readonly seconds: number | null
  readonly batch: number
  /** Steps between two exact solves of the readout, null for none. */
  readonly readoutSolve: number | null
  /** Penalty of these solves, relative to the mean square of a feature; null for the solver's own. */
  readonly readoutPenalty: number | null
  /** Validations in a row without a lower error after which the run ends, its best state kept; null: it ends after its steps. */
  readonly patience: number | null
  readonly key: number
  readonly backend: string
  readonly threads: number | null
  readonly checkpointEvery: number
}
