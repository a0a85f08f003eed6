import type { Kind } from '@spikeward/core'
import { networkSizes } from './kinds/networkSizes.js'

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
    ...['at', 'basis', 'grid', 'input', 'sample', 'scale', 'sensors', 'units'],
    // One branch of the widths of `branch` for each input function of the problem.
    'branches',
    // The one block of a network has the layers of `hidden`.
    'block',
  ],
}

export const isSupplied = (kind: Kind, option: string): boolean => (supplied[kind] ?? []).includes(option)
