import { estimatorThings } from '../../catalogue/kinds/estimators.js'
import { findNetwork } from '../../catalogue/kinds/networks.js'
import { neuronThings } from '../../catalogue/kinds/neurons.js'
import { backendThings } from '../../catalogue/kinds/openBackend.js'
import { optimizerThings, scheduleThings } from '../../catalogue/kinds/optimizers.js'
import { findProblem } from '../../catalogue/kinds/problems.js'
import { leafOf } from '../../catalogue/make.js'
import { flagOf, flagOptions } from '../../catalogue/optionValues.js'
import { findThing } from '../../catalogue/things.js'
import type { Thing } from '../../catalogue/things.js'
import { flagKinds } from '../../config/declaredValues.js'
import type { FlagKind } from '../../config/declaredValues.js'
import type { TrainConfig } from '../../config/trainConfig.js'

/** Flags with the kinds of the things that accept them. One of two kinds is refused, and written in parentheses. */
export type AcceptedFlags = ReadonlyMap<string, readonly FlagKind[]>

/**
 * The flags that the things of a run accept, with the kinds of these things; null if one of them, of a package, has no declaration: it may
 * accept any.
 */
export async function acceptedFlags(config: TrainConfig): Promise<AcceptedFlags | null> {
  const { thing } = await findProblem(config.problem)
  const chosen: Readonly<Record<FlagKind, readonly Thing[]>> = {
    problem: thing === null ? [] : [thing],
    network: [(await findNetwork(config.network)).thing],
    neuron: await neuronThings(config.neuron),
    surrogate: [await findThing('surrogate', leafOf('surrogate', config.surrogate).name)],
    estimator: await estimatorThings(config.estimator),
    optimizer: await optimizerThings(config.optimizer),
    schedule: await scheduleThings(config.schedule),
    backend: await backendThings(config.backend),
  }
  const found = new Map<string, readonly FlagKind[]>()
  for (const kind of flagKinds) {
    for (const { factory } of chosen[kind]) {
      if (factory === null) return null
      for (const [option] of flagOptions(factory)) {
        const before = found.get(flagOf(option)) ?? []
        if (!before.includes(kind)) found.set(flagOf(option), [...before, kind])
      }
    }
  }
  return found
}
