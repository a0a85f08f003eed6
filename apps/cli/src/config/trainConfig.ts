import { createHash } from 'node:crypto'
import { SpikewardError } from '@spikeward/core'

/** Widths of the hidden layers. */
export type Widths = readonly number[]

/** Everything that a run depends on: what config.json holds. Names are those of the catalogue or `package#name`. */
export type TrainConfig = {
  readonly problem: string
  /** The problem's own options, null for its defaults. */
  readonly interval: readonly number[] | null
  readonly sensors: number | null
  readonly lengthScale: number | null
  readonly resolution: number | null
  /** Functions to train on, to choose by, to report on. */
  readonly sizes: readonly number[] | null
  /** The key that an operator's functions are drawn from; people's own are dealt out by it. */
  readonly dataKey: number
  /** People's own data: a file by its whole path, the names of its arrays, its SHA-256. */
  readonly data: string | null
  readonly inputs: string | null
  readonly outputs: string | null
  readonly coords: string | null
  readonly dataHash: string | null
  readonly network: string
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
  readonly beta: number | null
  readonly surrogate: string
  readonly reset: string | null
  readonly estimator: string
  readonly scope: string | null
  readonly directions: number | null
  readonly distribution: string | null
  readonly size: number | null
  readonly readout: string | null
  readonly damping: number | null
  readonly adapt: boolean | null
  /** Whether the readout's gradient is formed exactly, beside an estimator that does not do so itself. */
  readonly exactReadout: boolean
  readonly optimizer: string
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
  readonly key: number
  readonly backend: string
  readonly threads: number | null
  readonly checkpointEvery: number
}

type Check = (value: unknown) => boolean

const isText: Check = (v) => typeof v === 'string' && v !== ''
const isCount: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 1
const isPositive: Check = (v) => typeof v === 'number' && Number.isFinite(v) && v > 0
const isKey: Check = (v) => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 0xffff_ffff
const isWidths: Check = (v) => Array.isArray(v) && v.every(isCount)
const orNull =
  (check: Check): Check =>
  (v) =>
    v === null || check(v)

const checks: Readonly<Record<keyof TrainConfig, Check>> = {
  problem: isText,
  network: isText,
  interval: orNull((v) => Array.isArray(v) && v.length === 2 && v.every(Number.isFinite)),
  sensors: orNull(isCount),
  lengthScale: orNull(isPositive),
  resolution: orNull(isCount),
  sizes: orNull((v) => isWidths(v) && (v as Widths).length === 3),
  dataKey: isKey,
  data: orNull(isText),
  inputs: orNull(isText),
  outputs: orNull(isText),
  coords: orNull(isText),
  dataHash: orNull(isText),
  hidden: orNull(isWidths),
  branch: orNull(isWidths),
  trunk: orNull(isWidths),
  features: orNull(isCount),
  rank: orNull(isCount),
  spiking: orNull(isText),
  loss: orNull(isText),
  derivative: orNull(isText),
  derivativeStep: orNull(isPositive),
  collocation: orNull(isCount),
  points: orNull(isCount),
  hard: orNull((v) => typeof v === 'boolean'),
  amplitude: orNull(isText),
  time: isCount,
  neuron: isText,
  beta: orNull((v) => typeof v === 'number' && v >= 0 && v <= 1),
  surrogate: isText,
  reset: orNull(isText),
  estimator: isText,
  scope: orNull(isText),
  directions: orNull(isCount),
  distribution: orNull(isText),
  size: orNull(isPositive),
  readout: orNull(isText),
  damping: orNull(isPositive),
  adapt: orNull((v) => typeof v === 'boolean'),
  exactReadout: (v) => typeof v === 'boolean',
  optimizer: isText,
  learningRate: isPositive,
  schedule: isText,
  steps: isCount,
  seconds: orNull(isPositive),
  batch: isCount,
  readoutSolve: orNull(isCount),
  readoutPenalty: orNull(isPositive),
  key: isKey,
  backend: isText,
  threads: orNull(isCount),
  checkpointEvery: isCount,
}

/** SHA-256 of the settings, by name in the alphabet's order. */
function fingerprint(config: TrainConfig): string {
  const settings = (Object.keys(checks) as (keyof TrainConfig)[]).sort().map((name) => [name, config[name]])
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex')
}

/** The settings as config.json holds them: with a checksum, so that one that is changed by hand is noticed. */
export const toRecord = (config: TrainConfig): TrainConfig & { readonly sha256: string } => ({
  ...config,
  sha256: fingerprint(config),
})

/**
 * The settings in a run folder's config.json.
 *
 * @throws RUN_FOLDER_INVALID where a setting is missing or impossible, or was changed since the run began
 */
export function readConfig(record: Readonly<Record<string, unknown>>, path: string): TrainConfig {
  for (const [name, check] of Object.entries(checks)) {
    if (check(record[name])) continue
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} says ${name}: ${JSON.stringify(record[name]) ?? 'nothing'}, which no run can have; the file was altered or is of another program; start a new run`,
    )
  }
  const { sha256, ...settings } = record
  const config = settings as TrainConfig
  if (sha256 !== fingerprint(config)) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} was changed since the run began (its checksum says so), and the checkpoint is of the settings before; ` +
        'undo the change; for another learning rate: spikeward resume <run> --learning-rate <r>; for anything else start a new run',
    )
  }
  return config
}
