import { treeLeaves } from '@spikeward/core'
import type { Backend, Variables } from '@spikeward/core'
import { cosineMeter } from '@spikeward/experiment'
import type { CosineMeter } from '@spikeward/experiment'
import { restoreVariables } from '@spikeward/train'
import type { Questions } from '../../protocol.js'
import { functionsOf } from '../../drawnFunctions.js'
import { buildContender } from '../build.js'
import type { Build, Shared } from '../build.js'
import { buildExperiment } from './buildExperiment.js'

/** Estimates over which a cosine is averaged. */
const DRAWS = 4

/** Prepared estimators that are cached: one per contender. */
const KEPT = 4

type Prepared = {
  /** Problem and options, as text. */
  readonly of: string
  readonly shared: Shared
  readonly meter: CosineMeter
  template: Variables | null
}

/** Answers how well an estimate agrees with the gradient by back-propagation at the parameters of a snapshot. */
export function makeCosine(
  backend: Backend,
  build: Build = buildExperiment,
): (q: Questions['cosine']['ask']) => Promise<Questions['cosine']['answer']> {
  const known = new Map<string, Prepared>()

  const prepare = async ({ settings, contender }: Questions['cosine']['ask']): Promise<Prepared> => {
    const { contenders, steps: _, backend: _b, ...rest } = settings
    const signature = JSON.stringify([rest, contenders[contender]])
    const before = known.get(signature)
    if (before !== undefined) return before
    const shared = await build(settings)
    const { estimator } = buildContender(settings, contenders[contender]!)
    const of = functionsOf(settings)
    const made = { of, shared, meter: await cosineMeter(shared.task, estimator, backend), template: null }
    known.set(signature, made)
    for (const [old, one] of known) {
      // Another problem is left at once: it may hold many functions.
      if (known.size <= KEPT && one.of === of) continue
      one.meter.dispose()
      known.delete(old)
    }
    return made
  }

  return async (question) => {
    const p = await prepare(question)
    const { snapshot } = question
    const variables = await restoreVariables(p.shared.task, snapshot, {
      backend,
      ...(p.template === null ? {} : { template: p.template }),
    })
    p.template ??= variables
    const keys = Array.from({ length: DRAWS }, (_, i) => snapshot.step * DRAWS + i)
    const cosine = await p.meter.measure(variables, keys)
    if (p.template !== variables) treeLeaves(variables).forEach((t) => t.dispose())
    return { cosine }
  }
}
