import { jit, key as keyOf, toBackend, treeLeaves } from '@spikeward/core'
import type { Backend, Jitted, Key, Tensor, Tree, Variables } from '@spikeward/core'
import { withCosine } from '@spikeward/estimators'
import { lossAt, restoreVariables, stepLossOf } from '@spikeward/train'
import type { Questions } from '../../protocol.js'
import { functionsOf } from '../../drawnFunctions.js'
import { buildContender } from '../buildContender.js'
import { buildShared } from '../buildShared.js'
import type { Build, Shared } from '../build.js'

/** Estimates over which a cosine is averaged. */
const DRAWS = 4

/** Prepared estimators that are cached: one per contender. */
const KEPT = 4

type Prepared = {
  /** Problem and options, as text. */
  readonly of: string
  readonly shared: Shared
  readonly data: Tree
  readonly measure: Jitted<[Variables, Tree, Key], Tensor>
  template: Variables | null
}

/**
 * Answers how well an estimate agrees with the gradient by back-propagation at the parameters of a snapshot: cosine =
 * ⟨ĝ, g⟩ / (‖ĝ‖ ‖g‖), the mean over a few mini-batches and directions.
 */
export function makeCosine(
  backend: Backend,
  build: Build = buildShared,
): (q: Questions['cosine']['ask']) => Promise<Questions['cosine']['answer']> {
  const known = new Map<string, Prepared>()

  const prepare = async ({ settings, contender }: Questions['cosine']['ask']): Promise<Prepared> => {
    const { contenders, steps: _, backend: _b, ...rest } = settings
    const signature = JSON.stringify([rest, contenders[contender]])
    const before = known.get(signature)
    if (before !== undefined) return before
    const shared = await build(settings)
    const estimator = withCosine(buildContender(settings, contenders[contender]!).estimator)
    const { task } = shared
    const measure = jit((v: Variables, data: Tree, key: Key): Tensor => {
      const [draw, direction] = key.split(2) as [Key, Key]
      const loss = lossAt(stepLossOf(task), { fixed: v.fixed, data }, draw)
      return estimator.estimate(loss, v.trained, estimator.init(v.trained), { key: direction }).stats['cosine']!
    })
    const of = functionsOf(settings)
    const made = { of, shared, measure, data: await toBackend(task.data(), backend), template: null }
    known.set(signature, made)
    for (const [old, { of: asked, measure: unused, data }] of known) {
      // Another problem is left at once: it may hold many functions.
      if (known.size <= KEPT && asked === of) continue
      unused.dispose()
      treeLeaves(data).forEach((t) => t.dispose())
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
    let total = 0
    for (let i = 0; i < DRAWS; i++) {
      const found = p.measure(variables, p.data, keyOf(snapshot.step * DRAWS + i, { backend }))
      total += await found.item()
      found.dispose()
    }
    if (p.template !== variables) treeLeaves(variables).forEach((t) => t.dispose())
    return { cosine: total / DRAWS }
  }
}
