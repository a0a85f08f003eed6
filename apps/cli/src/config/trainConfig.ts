import type { OptionValues } from '../catalogue/optionValues.js'

/** Widths of the hidden layers. */
export type Widths = readonly number[]

/**
 * Everything that a run depends on, as stored in config.json. Names are those of the catalogue or `package#name`;
 * values of declared options are stored by flag under the kind of their factory.
 */
export type TrainConfig = {
  /** The version of this record. */
  readonly format: 2
  readonly problem: string
  readonly problemOptions: OptionValues
  /** The key that generates an operator's functions, or splits the user's own. */
  readonly dataKey: number
  /** The user's own data: the absolute path of a file, the names of its arrays, its SHA-256. */
  readonly data: string | null
  readonly inputs: string | null
  readonly outputs: string | null
  readonly coords: string | null
  readonly dataHash: string | null
  /** How its rows are split: two fractions, `0.1,0.2`, or the name of a column; null for the usual fractions. */
  readonly split: string | null
  readonly network: string
  readonly networkOptions: OptionValues
  /** Hidden layers of a network that is one block. */
  readonly hidden: Widths | null
  /**
   * For an operator network: hidden layers of branch and trunk, the length of their product, products of axis
   * functions.
   */
  readonly branch: Widths | null
  readonly trunk: Widths | null
  readonly features: number | null
  readonly rank: number | null
  /** Which parts spike: `branch,trunk`, `branch`, `trunk`, `none`. */
  readonly spiking: string | null
  /** `data`, `physics` or `hybrid`. */
  readonly loss: string | null
  readonly derivative: string | null
  /** Width of a stencil, or standard deviation of the noise of Stein's derivatives. */
  readonly derivativeStep: number | null
  readonly collocation: number | null
  /** What adapts points and weights of a residual, separated by commas: `rad,causal(strength=10)`; null: nothing does. */
  readonly refine: string | null
  /** Evaluation points per step, null for all. */
  readonly points: number | null
  /** Whether conditions are built into the output, if the problem supports that. */
  readonly hard: boolean | null
  /** The treatment of an input function's amplitude: `none`, `divide`, `tell`. */
  readonly amplitude: string | null
  readonly time: number
  readonly neuron: string
  readonly neuronOptions: OptionValues
  readonly surrogate: string
  readonly surrogateOptions: OptionValues
  readonly estimator: string
  readonly estimatorOptions: OptionValues
  /** Whether the readout's gradient is formed exactly, next to an estimator that does not do so itself. */
  readonly exactReadout: boolean
  readonly optimizer: string
  readonly optimizerOptions: OptionValues
  readonly learningRate: number
  readonly schedule: string
  readonly steps: number
  /** The requested time, null if steps were requested. */
  readonly seconds: number | null
  readonly batch: number
  /** Steps between two exact solves of the readout, null for none. */
  readonly readoutSolve: number | null
  /** Ridge penalty of these solves, relative to the mean square of a feature; null for the solver's default. */
  readonly readoutPenalty: number | null
  /** The number of consecutive validations without a lower error after which the run stops and keeps its best state; null: it ends after its steps. */
  readonly patience: number | null
  /** The cells of a step, for any number of ranks; null: one program per step. */
  readonly shares: { readonly directions: number; readonly batch: number } | null
  readonly key: number
  readonly backend: string
  readonly threads: number | null
  readonly checkpointEvery: number
}
