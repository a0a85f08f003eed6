import type { OptionValues } from '../catalogue/optionValues.js'
import type { NetworkSize, SizeValues } from '../catalogue/networkSizes.js'
import type { StoredSettings } from './runSettings.js'

/** Sizes of the network; null are those that the kind of network lacks, of which the number of time steps is none. */
type StoredSizes = { readonly [K in NetworkSize]: SizeValues[K] | (K extends 'time' ? never : null) }

/**
 * Everything that a run depends on, as stored in config.json. Names are those of the catalogue or `package#name`;
 * values of declared options are stored by flag under the kind of their factory.
 */
export type TrainConfig = StoredSettings &
  StoredSizes & {
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
    readonly networkOptions: OptionValues
    readonly neuronOptions: OptionValues
    readonly surrogateOptions: OptionValues
    readonly estimatorOptions: OptionValues
    /** Whether the readout's gradient is formed exactly, next to an estimator that does not do so itself. */
    readonly exactReadout: boolean
    readonly optimizerOptions: OptionValues
    /** The number of consecutive validations without a lower error after which the run stops and keeps its best state; null: it ends after its steps. */
    readonly patience: number | null
    /** The cells of a step, for any number of ranks; null: one program per step. */
    readonly shares: { readonly directions: number; readonly batch: number } | null
    readonly key: number
    readonly backend: string
    readonly threads: number | null
    readonly checkpointEvery: number
  }
