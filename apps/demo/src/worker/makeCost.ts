import { jit, key as keyOf, scope, toBackend, treeLeaves } from '@spikeward/core'
import type { Backend, Key } from '@spikeward/core'
import type { SpikingMlpFixed, SpikingMlpTrained } from '@spikeward/operators'
import { regressionTask, stepLossOf, trainStep } from '@spikeward/train'
import type { Questions } from '../protocol.js'
import { contenderFor, contenderLabel } from '../settings/settings.js'
import type { Settings } from '../settings/settings.js'
import { buildContender, buildShared } from './buildContender.js'

/** The number of steps of which the fastest gives the time. */
const TIMED = 5

type Step = { readonly bytes: number; readonly forwardEquivalents: number; readonly milliseconds: number }

/**
 * Answers the cost of one training step: the working memory of its compiled program for each number of time steps and,
 * at the number in the settings, its time on one thread and its forward passes.
 */
export function makeCost(backend: Backend): (q: Questions['cost']['ask']) => Promise<Questions['cost']['answer']> {
  return async ({ settings, contender: which, times }) => {
    const contender = which === 'bp' ? contenderFor('bp') : settings.contenders[which]!
    const measured: Step[] = []
    for (const time of times) measured.push(await stepAt({ ...settings, time }, contender, backend, false))
    const now = await stepAt(settings, contender, backend, true)
    return {
      label: contenderLabel(contender),
      times,
      bytes: measured.map((m) => m.bytes),
      forwardEquivalents: now.forwardEquivalents,
      milliseconds: now.milliseconds,
    }
  }
}

async function stepAt(
  settings: Settings,
  contender: Settings['contenders'][number],
  backend: Backend,
  timed: boolean,
): Promise<Step> {
  const { network, problem } = buildShared(settings)
  const { estimator, optimizer } = buildContender(settings, contender)
  const task = regressionTask<SpikingMlpTrained, SpikingMlpFixed>({ network, problem, batch: settings.batch })
  const { init, step } = trainStep(stepLossOf(task), estimator, optimizer)
  const start = jit((k: Key) => {
    const { trained, fixed } = network.init(k)
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
    if (!timed) return { bytes, forwardEquivalents: Number.NaN, milliseconds: Number.NaN }
    let milliseconds = Infinity
    for (let i = 0; i < TIMED; i++) {
      const begun = performance.now()
      state = run(state, { fixed, data }, root)
      await state.loss.item()
      milliseconds = Math.min(milliseconds, performance.now() - begun)
    }
    return { bytes, forwardEquivalents: await state.forwardEquivalents.item(), milliseconds }
  } finally {
    run.dispose()
    start.dispose()
    treeLeaves([state, fixed, data, root]).forEach((t) => t.dispose())
  }
}
