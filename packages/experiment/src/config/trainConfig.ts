import {
  type Option,
  type Options,
  type OptionsOf,
  SpikewardError,
  type ValueOf,
  isRecord,
  isShallow,
} from '@spikeward/core'
import { AUTO } from '../catalogue/make.js'
import { backendFlags, controlSettings, threadsOption } from './settings/controlSettings.js'
import type { displayFlags, figuresFlags, followFlags, outFlags, runFlags } from './settings/controlSettings.js'
import {
  type DataFlags,
  type FlagsOf,
  type SequenceSettings,
  dataSettings,
  sequenceFlags,
} from './settings/dataSettings.js'
import { MAX_COUNT, estimatorSettings, runSettings, trainingSettings } from './settings/runSettings.js'
import type { PartialSettings, lossSettings, networkSettings } from './settings/runSettings.js'
import { type NetworkSize, type SizeValues, networkSizes } from '../catalogue/kinds/networkSizes.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import type { Cut } from '@spikeward/distributed'
import { asInFolder, fromFolder } from '../catalogue/kinds/networks.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { shorten } from '../usage/usageError.js'

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
    /** The folder of the run whose weights it started from. Absent: its weights were random. */
    readonly from?: string
  }

export type InputFile = {
  /**
   * Its name in the settings, in errors and among ranks: the path as it was given, or from the place of the file that
   * names it.
   */
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

/** The options that the settings of a run store. */
export type RunOptions = DataFlags &
  NetworkOptions &
  PartialSettings &
  FlagsOf<typeof controlSettings> &
  FlagsOf<ReturnType<typeof backendFlags>>

/** The options of `train`. */
export type TrainOptions = RunOptions &
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
const ofExperiment: readonly string[] = ['batch', 'members', 'readoutSolve', 'readoutPenalty', 'shares']

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

export type Check = (value: unknown) => boolean

const isText: Check = (v) => typeof v === 'string' && v !== ''
const isCount: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 1
const isWidths: Check = (v) => Array.isArray(v) && v.every(isCount)
const orNull =
  (check: Check): Check =>
  (v) =>
    v === null || check(v)

const isOption: Check = (v) =>
  ['number', 'boolean', 'string'].includes(typeof v) || (Array.isArray(v) && v.every(isOption))

/** Values of declared options; the declarations check them when the run is assembled. */
const isOptions: Check = (v) => isRecord(v) && Object.values(v).every(isOption)

const isDigests: Check = (v) =>
  isRecord(v) && Object.values(v).every((digest) => typeof digest === 'string' && /^[\da-f]{64}$/.test(digest))

const isCut: Check = (v) => isRecord(v) && isCount(v['directions']) && isCount(v['batch'])

const isSequences: Check = (v) =>
  isRecord(v) &&
  Object.entries<Option>(sequenceFlags).every(([name, { type }]) =>
    type.name === 'text'
      ? orNull(isText)(v[name])
      : type.accepts(v[name]) || (v[name] === null && ['window', 'warmUp'].includes(name)),
  )

const has = (names: readonly string[], name: string): boolean => names.includes(name)

/** The checks of declared settings: texts are not empty, and settings that a run may lack are null. */
const declaredChecks = Object.fromEntries(
  Object.entries(storedSettings).map(([name, { type }]): [string, Check] => {
    const check: Check = type.name === 'text' ? isText : has(nullForZero, name) ? isCount : type.accepts
    return [name, has(always, name) ? check : orNull(check)]
  }),
) as Readonly<Record<keyof StoredSettings, Check>>

const sizeChecks = Object.fromEntries(
  Object.entries(networkSizes).map(([name, size]): [string, Check] => {
    const check = size === 'widths' ? isWidths : isCount
    return [name, name === 'time' ? check : orNull(check)]
  }),
) as Readonly<Record<NetworkSize, Check>>

const optionChecks = Object.fromEntries(declaredKinds.map((kind) => [`${kind}Options`, isOptions])) as Readonly<
  Record<`${DeclaredKind}Options`, Check>
>

export const checks: Readonly<Record<keyof Required<TrainConfig>, Check>> = {
  ...declaredChecks,
  ...sizeChecks,
  ...optionChecks,
  format: (v) => v === 2,
  problem: isText,
  files: isDigests,
  shares: orNull(isCut),
  sequences: orNull(isSequences),
  from: (v) => v === undefined || isText(v),
}

type Settings = Readonly<Record<string, unknown>>

function fingerprint(settings: Settings): string {
  const entries = Object.keys(checks)
    .sort()
    .map((name) => [name, settings[name]])
    .filter(([, value]) => value !== undefined)
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(entries))))
}

/** The settings as a run folder stores them: a network in a file is the file in the folder. */
export const toFolder = (config: TrainConfig): TrainConfig & { readonly sha256: string } =>
  toRecord({ ...config, network: asInFolder(config.network) })

/** The settings as stored in config.json, with a checksum that reveals manual changes. */
export const toRecord = (config: TrainConfig): TrainConfig & { readonly sha256: string } => ({
  ...config,
  sha256: fingerprint(config),
})

export function invalidSetting(record: Settings): string | null {
  const wrong = Object.entries(checks).find(([name, check]) => !isShallow(record[name]) || !check(record[name]))
  if (wrong === undefined) return null
  const [name] = wrong
  const value = record[name]
  return `${name}: ${isShallow(value) ? shorten(JSON.stringify(value) ?? 'nothing') : 'lists in lists'}`
}

/**
 * The settings in a run folder's config.json.
 *
 * @throws RUN_FOLDER_INVALID if a setting is missing or impossible, or was changed since the run began;
 *   RUN_FOLDER_NEWER if a later version wrote it
 */
export function readConfig(record: Settings, path: string): TrainConfig {
  const { format } = record
  if (typeof format === 'number' && format > 2)
    throw new SpikewardError(
      'RUN_FOLDER_NEWER',
      `${path} is of format ${format}, which a later version of spikeward wrote, and this one reads format 2; install that version: npm install @spikeward/cli@latest`,
    )
  const wrong = invalidSetting(record)
  if (wrong !== null)
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} contains ${wrong}, which is not valid; the file was altered, or another program or a version before 0.1.0 wrote it; start a new run`,
    )
  const { sha256: stored, ...settings } = record
  if (stored !== fingerprint(settings))
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} was changed since the run began (its checksum differs), and the checkpoint belongs to the previous settings; ` +
        'undo the change; for another learning rate: spikeward resume <run> --learning-rate <r>; for anything else start a new run',
    )
  // `invalidSetting` has checked every member.
  const config = settings as TrainConfig
  return { ...config, network: fromFolder(config.network, path.replace(/[\\/][^\\/]*$/, '')) }
}
