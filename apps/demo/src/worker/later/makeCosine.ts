import type { Backend } from '@spikeward/core'
import { cosineMeter } from '@spikeward/experiment'
import type { CosineMeter } from '@spikeward/experiment'
import type { Questions } from '../../protocol.js'
import { functionsOf } from '../../drawnFunctions.js'
import { buildContender } from '../build.js'
import type { Build } from '../build.js'
import { buildExperiment } from './buildExperiment.js'
import { restorer } from './buildForQuestions.js'

/** Estimates over which a cosine is averaged. */
const DRAWS = 4

/** Prepared estimators that are cached: one per contender. */
const KEPT = 4

type Prepared = {
  /** Problem and options, as text. */
  readonly of: string
  readonly meter: CosineMeter
  readonly withVariables: ReturnType<typeof restorer>
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
    const { task } = await build(settings)
    const { estimator } = buildContender(settings, contenders[contender]!)
    const of = functionsOf(settings)
    const meter = await cosineMeter(task, estimator, backend)
    const made = { of, meter, withVariables: restorer(task, backend) }
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
    const { meter, withVariables } = await prepare(question)
    const { snapshot } = question
    const keys = Array.from({ length: DRAWS }, (_, i) => snapshot.step * DRAWS + i)
    return { cosine: await withVariables(snapshot, (variables) => meter.measure(variables, keys)) }
  }
}
