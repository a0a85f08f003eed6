import type { Kind } from '@spikeward/core'

/**
 * Sizes of networks that every run stores in a field of its own, in config.json and in tuned defaults. Their flags, with
 * help and ranges, come from the declarations of the networks. A further size of a network is an option like any other.
 */
export const networkSizes = ['hidden', 'branch', 'trunk', 'features', 'rank', 'time'] as const

/** One of these sizes. */
export type NetworkSize = (typeof networkSizes)[number]

/** Options and arguments that a run gives to things of a kind, by name: no flag and no text sets them. */
const supplied: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  derivative: ['key', 'step', 'sigma'],
  network: [
    ...networkSizes,
    // Read from the problem, its data and the other things of the run.
    ...['axes', 'domain', 'dtype', 'inputs', 'output', 'outputs'],
    ...['neuron', 'spike', 'surrogate'],
    ...['at', 'basis', 'input', 'sample', 'scale', 'sensors'],
    // The one block of a network has the layers of `hidden`.
    'block',
  ],
}

/** Whether a run gives things of a kind the option of this name. */
export const isSupplied = (kind: Kind, option: string): boolean => (supplied[kind] ?? []).includes(option)
