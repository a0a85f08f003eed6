/** All declared settings that config.json stores in a field of their own, and their types there. */
import type { Options, ValueOf } from '@spikeward/core'
import { AUTO } from '../../catalogue/kinds/openBackend.js'
import { backendFlags, controlSettings, threadsOption } from './controlSettings.js'
import { dataSettings } from './dataSettings.js'
import { MAX_COUNT, runSettings } from './runSettings.js'

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
