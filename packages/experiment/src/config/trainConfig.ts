import type { Options, OptionsOf, ValueOf } from '@spikeward/core'
import { AUTO } from '../catalogue/kinds/openBackend.js'
import { backendFlags, controlSettings, threadsOption } from './settings/controlSettings.js'
import type { displayFlags, figuresFlags, followFlags, outFlags, runFlags } from './settings/controlSettings.js'
import { type DataFlags, type FlagsOf, type SequenceSettings, dataSettings } from './settings/dataSettings.js'
import { MAX_COUNT, estimatorSettings, runSettings, trainingSettings } from './settings/runSettings.js'
import type { GivenSettings, lossSettings, networkSettings } from './settings/runSettings.js'
import type { NetworkSize, SizeValues } from '../catalogue/kinds/networkSizes.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { Cut } from '@spikeward/distributed'

/** Kinds of factories whose options are flags, by the names of their values in config.json. */
export const declaredKinds = ['problem', 'network', 'neuron', 'surrogate', 'estimator', 'optimizer'] as const

export type DeclaredKind = (typeof declaredKinds)[number]

/** Sizes of the network. A size that its kind lacks is null; every kind has a number of time steps. */
type StoredSizes = { readonly [K in NetworkSize]: SizeValues[K] | (K extends 'time' ? never : null) }

/**
 * Everything that a run depends on, as stored in config.json. Names are those of the catalogue or `package#name`;
 * values of declared options are stored by flag under the kind of their factory.
 */
export type TrainConfig = StoredSettings &
  StoredSizes & { readonly [K in `${DeclaredKind}Options`]: OptionValues } & {
    /** The version of this record. */
    readonly format: 2
    readonly problem: string
    /** The SHA-256 of everything that the run reads: data, equation, plug-ins and the like, by their names. */
    readonly files: Digests
    /** The cells of a step, for any number of ranks; null: one program per step. */
    readonly shares: Cut | null
    /** How the file is read as sequences; null: it is not. */
    readonly sequences: SequenceSettings | null
  }

export type InputFile = {
  /** Its name in the settings, in errors and among ranks: the path as it was given, or from the place of the file that names it. */
  readonly name: string
  readonly path: string
}

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

/** Settings that choose how a network is trained, and nothing of the network itself. */
const ofTraining = new Set([
  ...Object.keys({ ...estimatorSettings, ...trainingSettings, ...controlSettings }),
  ...['estimatorOptions', 'optimizerOptions', 'shares'],
])

/** Settings of these that an experiment holds: its batches, its solves of the readout, and its shares. */
const ofExperiment: readonly string[] = ['batch', 'readoutSolve', 'readoutPenalty', 'shares']

const without = (config: TrainConfig, leftOut: (name: string) => boolean): Partial<TrainConfig> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !leftOut(name)))

/** The settings that a network depends on before its first step: the problem, its data, the network and its key. */
export const untrainedConfig = (config: TrainConfig): Partial<TrainConfig> =>
  without(config, (name) => ofTraining.has(name) && name !== 'key')

export function sameExperiment(a: TrainConfig, b: TrainConfig): boolean {
  const leftOut = (name: string): boolean =>
    name === 'backend' || name === 'threads' || (ofTraining.has(name) && !ofExperiment.includes(name))
  return JSON.stringify(without(a, leftOut)) === JSON.stringify(without(b, leftOut))
}
