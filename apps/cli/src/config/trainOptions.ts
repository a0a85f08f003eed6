/** The settings of a run that the command line gives; all others are absent. */
import type { OptionsOf } from '@spikeward/core'
import type { SizeValues } from '../catalogue/networkSizes.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { GivenSettings, lossSettings, networkSettings } from './runSettings.js'

/** Options of the data. */
export type DataOptions = {
  /** The problem, instead of the argument. */
  readonly problem?: string
  /**
   * The numbers of training, validation and test functions: the options train, validation and test of an operator
   * problem.
   */
  readonly sizes?: readonly number[]
  readonly dataKey?: number
  readonly data?: string
  readonly inputs?: string
  readonly outputs?: string
  readonly coords?: string
  readonly split?: string
}

/** Options of the network and of the loss. */
export type NetworkOptions = OptionsOf<typeof networkSettings> & OptionsOf<typeof lossSettings> & Partial<SizeValues>

/** The options of `train`. */
export type TrainOptions = DataOptions &
  NetworkOptions &
  GivenSettings & {
    /** Values of options that problem, neuron, surrogate, estimator and optimiser declare, by flag. */
    readonly declared?: OptionValues
    readonly exactReadout?: boolean
    readonly backend: string
    readonly threads?: number
    readonly key: number
    /** The same as `seconds`. */
    readonly budget?: readonly number[]
    /** 0: none, if the default has some. */
    readonly patience?: number
    readonly check?: number
    readonly shares?: { readonly directions: number; readonly batch: number } | 'none'
    readonly rankTimeout?: number
    /** Whether short trials choose the settings that are not given, on the user's own data. Default: true. */
    readonly trial?: boolean
    readonly checkpointEvery?: number
    /** Event files while it trains. */
    readonly log?: 'tensorboard'
    /** A live page: its port, or true for any. */
    readonly watch?: number | true
    readonly out?: string
    readonly force: boolean
    readonly json: boolean
    readonly quiet: boolean
    /** Whether to print where the time of a step goes; default false. */
    readonly profile?: boolean
    /** Whether the run is drawn; default true. */
    readonly figures?: boolean
  }
