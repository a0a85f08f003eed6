import type { LayerTraffic } from './networkWork.js'

/** Times of a neuromorphic chip in nanoseconds, with their source. */
export interface NetworkTimes {
  readonly name: string
  readonly source: string
  readonly nanoseconds: Readonly<Record<'operations' | 'activeUpdates' | 'silentUpdates' | 'steps', number>>
}

/**
 * Loihi 1: a core handles one operation or update after another, and all cores wait for each other at the end of a time
 * step.
 */
export const loihi1Times: NetworkTimes = {
  name: 'loihi1',
  source: 'Davies et al. 2018, IEEE Micro 38(1), table of pre-silicon times; the barrier of 32 tiles',
  nanoseconds: { operations: 3.5, activeUpdates: 8.4, silentUpdates: 5.3, steps: 465 },
}

/**
 * Time in nanoseconds that a neuromorphic chip takes for a run: each layer is a time step of its own, or several
 * `steps`, and its operations and updates are spread over its cores evenly, which real traffic is not.
 *
 * @param evaluations of the network in the run
 * @example networkTime([{ ...layer, cores: 4 }], 20, loihi1Times)
 */
export const networkTime = (
  layers: readonly (LayerTraffic & { readonly cores: number; readonly steps?: number })[],
  evaluations: number,
  { nanoseconds: t }: NetworkTimes,
): number =>
  layers.reduce((sum, { inputs, messages, operations, cores, steps = 1 }) => {
    const updates = messages * t.activeUpdates + (evaluations * inputs - messages) * t.silentUpdates
    return sum + (operations * t.operations + updates) / cores + evaluations * steps * t.steps
  }, 0)
