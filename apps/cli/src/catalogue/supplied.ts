import type { Kind } from '@spikeward/core'

/** Options and arguments that a run gives to things of a kind, by name: no flag and no text sets them. */
const supplied: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  derivative: ['key', 'step', 'sigma'],
  /** Read from the problem, its data and the settings of the run. */
  network: [
    ...['axes', 'domain', 'dtype', 'inputs', 'output', 'outputs'],
    ...['hidden', 'neuron', 'spike', 'surrogate', 'time'],
    ...['block', 'branch', 'features', 'rank', 'trunk'],
    ...['at', 'basis', 'input', 'sample', 'scale', 'sensors'],
  ],
}

/** Whether a run gives things of a kind the option of this name. */
export const isSupplied = (kind: Kind, option: string): boolean => (supplied[kind] ?? []).includes(option)
