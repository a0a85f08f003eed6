import type { Kind } from '@spikeward/core'

/** Widths of the hidden layers. */
export type Widths = readonly number[]

/**
 * Sizes of networks that every run stores in a field of its own, in config.json and in tuned defaults: the widths of
 * layers, or one number. Their flags, with help and ranges, come from the declarations of the networks; the types and
 * checks of config.json and the dimensions of searches from this record. A further size of a network is an option like
 * any other.
 */
export const networkSizes = {
  hidden: 'widths',
  branch: 'widths',
  trunk: 'widths',
  features: 'number',
  rank: 'number',
  time: 'number',
} as const

/** One of these sizes. */
export type NetworkSize = keyof typeof networkSizes

export type SizeValues = { readonly [K in NetworkSize]: (typeof networkSizes)[K] extends 'widths' ? Widths : number }

/**
 * Sizes of a network on a problem for which it was not tuned. `collocation` are residual points per step, `lines` those
 * of a grid along each axis, for separable networks.
 */
export const genericSizes = {
  ...{ hidden: [50], branch: [100], trunk: [50], features: 20, rank: 1 },
  ...{ collocation: 100, lines: 16 },
} as const

/** Whether a name is that of a size. */
export const isNetworkSize = (name: string): name is NetworkSize => Object.hasOwn(networkSizes, name)

/** Options and arguments that a run gives to factories of a kind, by name: no flag and no text sets them. */
const supplied: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  // The first learning rate and the steps of the run.
  schedule: ['initial', 'steps'],
  derivative: ['key', 'step', 'sigma'],
  network: [
    ...Object.keys(networkSizes),
    // Read from the problem, its data and the other factories of the run.
    ...['axes', 'domain', 'dtype', 'inputs', 'output', 'outputs'],
    ...['neuron', 'spike', 'surrogate'],
    ...['at', 'basis', 'grid', 'input', 'nodes', 'periodic', 'sample', 'sensorGrid', 'scale', 'sensors', 'units'],
    ...['steps', 'scored', 'classes', 'elapsed'],
    // One branch of the widths of `branch` for each input function of the problem.
    'branches',
    // The one block of a network has the layers of `hidden`.
    'block',
  ],
}

export const isSupplied = (kind: Kind, option: string): boolean => (supplied[kind] ?? []).includes(option)
