import type { Options, OptionsOf, ValueOf } from '@spikeward/core'
import { AUTO } from '../catalogue/kinds/openBackend.js'
import { backendFlags, controlSettings, threadsOption } from './settings/controlSettings.js'
import { dataSettings } from './settings/dataSettings.js'
import { MAX_COUNT, estimatorSettings, runSettings, trainingSettings } from './settings/runSettings.js'
import type { NetworkSize, SizeValues } from '../catalogue/kinds/networkSizes.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { DataFlags, FlagsOf } from './settings/dataSettings.js'
import type { displayFlags, figuresFlags, followFlags, outFlags, runFlags } from './settings/controlSettings.js'
import type { GivenSettings, lossSettings, networkSettings } from './settings/runSettings.js'
import type { Cut } from '@spikeward/distributed'

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

/** A file, or a folder of shards, that a run reads. */
export type InputFile = {
  /** Its name in the settings, in errors and among ranks: the path as it was given, or from the place of the file that names it. */
  readonly name: string
  readonly path: string
}

/** SHA-256 of the files that a run reads, by their names. */
export type Digests = Readonly<Record<string, string>>

/** All declared settings by name. A run may have been started on a machine with more threads than this one. */
export const storedSettings = {
  ...runSettings,
  ...dataSettings,
  ...controlSettings,
  ...backendFlags(AUTO),
  threads: threadsOption(MAX_COUNT),
}

/** The settings that every run has; the others are null in a run that does not use them. */
export const always = [
  ...['network', 'neuron', 'surrogate', 'estimator', 'exactReadout', 'optimizer'],
  ...['learningRate', 'schedule', 'steps', 'batch', 'dataKey', 'key', 'backend', 'checkpointEvery'],
] as const satisfies readonly (keyof typeof storedSettings)[]

/** Counts of which a flag of 0 is stored as null: none. */
export const nullForZero = ['readoutSolve', 'patience'] as const satisfies readonly (keyof typeof storedSettings)[]

type Stored<O extends Options, A extends keyof O> = {
  readonly [K in keyof O]: ValueOf<O[K]> | (K extends A ? never : null)
}

export type StoredSettings = Stored<typeof storedSettings, (typeof always)[number]>

/** Options of the network and of the loss. */
export type NetworkOptions = OptionsOf<typeof networkSettings> & OptionsOf<typeof lossSettings> & Partial<SizeValues>

/** The options of `train`. */
export type TrainOptions = DataFlags &
  NetworkOptions &
  GivenSettings &
  FlagsOf<typeof controlSettings> &
  FlagsOf<ReturnType<typeof backendFlags>> &
  FlagsOf<typeof displayFlags> &
  FlagsOf<typeof outFlags> &
  // Trials of a search or a comparison leave these out.
  Partial<FlagsOf<typeof runFlags> & FlagsOf<typeof figuresFlags> & FlagsOf<typeof followFlags>> & {
    /** Values of options that problem, neuron, surrogate, estimator and optimiser declare, by flag. */
    readonly declared?: OptionValues
    /** The same as `seconds`. */
    readonly budget?: readonly number[]
  }

const { key: _, ...control } = controlSettings
const ofTraining = new Set([
  ...Object.keys({ ...estimatorSettings, ...trainingSettings, ...control }),
  ...['estimatorOptions', 'optimizerOptions', 'shares'],
])

/** The settings that a network depends on before its first step: the problem, its data, the network and its key. */
export const untrainedConfig = (config: TrainConfig): Partial<TrainConfig> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !ofTraining.has(name)))
