import type { Backend } from '@spikeward/core'
import { type CosineMeter, cosineMeter } from '@spikeward/experiment'
import { functionsOf } from '../../drawnFunctions.js'
import type { Trained } from '../../protocol.js'
import { type Build, buildContender } from '../build.js'
import { buildExperiment } from './buildExperiment.js'
import { restorer, signatureOf } from './buildForQuestions.js'
import { lruCache } from './lruCache.js'

/** Estimates over which a cosine is averaged. */
const DRAWS = 4

/** Prepared estimators that are kept: one per contender. */
const KEPT = 4

type Prepared = { readonly meter: CosineMeter; readonly withVariables: ReturnType<typeof restorer> }

/** Answers how well an estimate agrees with the gradient by back-propagation at the parameters of a snapshot. */
export function makeCosine(backend: Backend, build: Build = buildExperiment) {
  const cache = lruCache<Prepared>(KEPT, ({ meter }) => meter.dispose())
  let of = ''
  return async ({ settings, contender, snapshot }: Trained): Promise<{ readonly cosine: number }> => {
    const chosen = settings.contenders[contender]!
    // Another problem is left at once: it may hold many functions.
    if (functionsOf(settings) !== of) cache.clear()
    of = functionsOf(settings)
    const key = `${signatureOf(settings)} ${JSON.stringify(chosen)}`
    const { meter, withVariables } = await cache.of(key, async () => {
      const { task } = await build(settings)
      const { estimator } = buildContender(settings, chosen)
      return { meter: await cosineMeter(task, estimator, backend), withVariables: restorer(task, backend) }
    })
    const keys = Array.from({ length: DRAWS }, (_, i) => snapshot.step * DRAWS + i)
    return { cosine: await withVariables(snapshot, (variables) => meter.measure(variables, keys)) }
  }
}
