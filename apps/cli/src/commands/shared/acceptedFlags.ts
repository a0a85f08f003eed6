import { chosenFactories, findNetwork, findProblem, flagKinds, flagOf, flagOptions } from '@spikeward/experiment'
import type { FlagKind, TrainConfig } from '@spikeward/experiment'

/** Flags with the kinds of the factories that accept them. One of two kinds is refused, and written in parentheses. */
export type AcceptedFlags = ReadonlyMap<string, readonly FlagKind[]>

/**
 * The flags that the factories of a run accept, with the kinds of these factories; null if one of them, of a package, has no declaration: it may
 * accept any.
 */
export async function acceptedFlags(config: TrainConfig): Promise<AcceptedFlags | null> {
  const chosen = await chosenFactories(config, await findProblem(config.problem), await findNetwork(config.network))
  const found = new Map<string, readonly FlagKind[]>()
  for (const kind of flagKinds) {
    for (const { factory } of chosen[kind].factories) {
      if (factory === null) return null
      for (const [option] of flagOptions(factory)) {
        const before = found.get(flagOf(option)) ?? []
        if (!before.includes(kind)) found.set(flagOf(option), [...before, kind])
      }
    }
  }
  return found
}
