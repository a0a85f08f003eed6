import { SpikewardError } from '@spikeward/core'

/** Widths of the hidden layers. */
export type Widths = readonly number[]

/** Everything that a run depends on: what config.json holds. Names are those of the catalogue or `package#name`. */
export type TrainConfig = {
  readonly problem: string
  readonly network: string
  readonly hidden: Widths
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
  readonly key: number
  readonly backend: string
  readonly threads: number | null
  readonly checkpointEvery: number
}

type Check = (value: unknown) => boolean

const isText: Check = (v) => typeof v === 'string' && v !== ''
const isCount: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 1
const isPositive: Check = (v) => typeof v === 'number' && Number.isFinite(v) && v > 0
const isWidths: Check = (v) => Array.isArray(v) && v.every(isCount)
const orNull =
  (check: Check): Check =>
  (v) =>
    v === null || check(v)

const checks: Readonly<Record<keyof TrainConfig, Check>> = {
  problem: isText,
  network: isText,
  hidden: isWidths,
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
  key: (v) => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 0xffff_ffff,
  backend: isText,
  threads: orNull(isCount),
  checkpointEvery: isCount,
}

/**
 * The settings in a run folder's config.json.
 *
 * @throws RUN_FOLDER_INVALID where a setting is missing or impossible: the file was altered or is of another program
 */
export function readConfig(record: Readonly<Record<string, unknown>>, path: string): TrainConfig {
  for (const [name, check] of Object.entries(checks)) {
    if (check(record[name])) continue
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} says ${name}: ${JSON.stringify(record[name]) ?? 'nothing'}, which no run can have; the file was altered or is of another program; start a new run`,
    )
  }
  return record as TrainConfig
}
