import type { NetworkDefaults } from './types.js'

/** Sizes of a network on a problem that it was never tuned on. */
export const generic: Required<Pick<NetworkDefaults, 'hidden' | 'branch' | 'trunk' | 'features' | 'rank'>> & {
  readonly collocation: number
  /** Lines of a grid along each axis, for separable networks. */
  readonly lines: number
} = { hidden: [50], branch: [100], trunk: [50], features: 20, rank: 1, collocation: 100, lines: 16 }
