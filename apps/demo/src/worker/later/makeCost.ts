import type { Backend } from '@spikeward/core'
import { openStep } from '@spikeward/experiment'
import { type Settings, contenderFor } from '../../settings/settings.js'
import { type Build, buildContender } from '../build.js'
import { buildExperiment } from './buildExperiment.js'

/** The number of steps of which the fastest gives the time. */
const TIMED = 5

/** The time of a training step, and the forward passes that it counts as. */
export type StepTime = { readonly milliseconds: number; readonly forwardEquivalents: number }

type Cost = { readonly bytes: number; readonly time: StepTime | null }

/**
 * Answers the cost of one training step: the working memory of its compiled program, and on request its time on one
 * thread and its forward passes. One question compiles one program, so that other questions are answered in between.
 */
export function makeCost(backend: Backend, build: Build = buildExperiment) {
  type Question = { readonly settings: Settings; readonly contender: number | 'bp'; readonly timed: boolean }
  return async ({ settings, contender, timed }: Question): Promise<Cost> => {
    const { task } = await build(settings)
    const one = contender === 'bp' ? contenderFor('bp') : settings.contenders[contender]!
    const step = await openStep(task, buildContender(settings, one), settings.key, backend)
    try {
      const bytes = step.executable.workspaceBytes
      if (!timed) return { bytes, time: null }
      let milliseconds = Infinity
      for (let i = 0; i < TIMED; i++) {
        const begun = performance.now()
        await step.take()
        milliseconds = Math.min(milliseconds, performance.now() - begun)
      }
      return { bytes, time: { milliseconds, forwardEquivalents: await step.forwardEquivalents() } }
    } finally {
      step.dispose()
    }
  }
}
