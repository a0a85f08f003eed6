import { jit, key as keyOf, scope, toBackend, treeLeaves } from '@spikeward/core'
import type { Backend, Key } from '@spikeward/core'
import { stepLossOf, trainStep } from '@spikeward/train'
import type { Questions } from '../../protocol.js'
import { contenderFor } from '../../settings/settings.js'
import type { Settings } from '../../settings/settings.js'
import { buildContender } from '../buildContender.js'
import { buildShared } from '../buildShared.js'
import type { Build, Shared } from '../build.js'

/** The number of steps of which the fastest gives the time. */
const TIMED = 5

/**
 * Answers the cost of one training step: the working memory of its compiled program, and on request its time on one
 * thread and its forward passes. One question compiles one program, so that other questions are answered in between.
 */
export function makeCost(
  backend: Backend,
  build: Build = buildShared,
): (q: Questions['cost']['ask']) => Promise<Questions['cost']['answer']> {
  return async ({ settings, contender, timed }) => {
    const asked = contender === 'bp' ? contenderFor('bp') : settings.contenders[contender]!
    return costOf(await build(settings), settings, asked, { backend, timed })
  }
}

async function costOf(
  { task }: Shared,
  settings: Settings,
  contender: Settings['contenders'][number],
  { backend, timed }: { readonly backend: Backend; readonly timed: boolean },
): Promise<Questions['cost']['answer']> {
  const { estimator, optimizer } = buildContender(settings, contender)
  const { init, step } = trainStep(stepLossOf(task), estimator, optimizer)
  const start = jit((k: Key) => {
    const { trained, fixed } = task.init(k)
    return { state: init(trained), fixed }
  })
  const run = jit(step, { donate: [0] })
  const root = keyOf(settings.key, { backend })
  const data = await toBackend(task.data(), backend)
  const { state: first, fixed } = scope(() => start(root))
  let state = first
  try {
    const { executable } = run.inspect(state, { fixed, data }, root)
    const bytes = executable.workspaceBytes
    if (!timed) return { bytes, time: null }
    let milliseconds = Infinity
    for (let i = 0; i < TIMED; i++) {
      const begun = performance.now()
      state = run(state, { fixed, data }, root)
      await state.loss.item()
      milliseconds = Math.min(milliseconds, performance.now() - begun)
    }
    return { bytes, time: { milliseconds, forwardEquivalents: await state.forwardEquivalents.item() } }
  } finally {
    run.dispose()
    start.dispose()
    treeLeaves([state, fixed, data, root]).forEach((t) => t.dispose())
  }
}
