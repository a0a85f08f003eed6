import type { Cut } from '@spikeward/distributed'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { NetworkSize, SizeValues } from '../catalogue/kinds/networkSizes.js'
import type { Digests } from './inputFile.js'
import type { StoredSettings } from './settings/storedSettings.js'

/** Sizes of the network. A size that its kind lacks is null; every kind has a number of time steps. */
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
    /** The SHA-256 of everything that the run reads: data, equation, plug-ins and the like, by their names. */
    readonly files: Digests
    readonly networkOptions: OptionValues
    readonly neuronOptions: OptionValues
    readonly surrogateOptions: OptionValues
    readonly estimatorOptions: OptionValues
    readonly optimizerOptions: OptionValues
    /** The cells of a step, for any number of ranks; null: one program per step. */
    readonly shares: Cut | null
  }
