/** One run held in memory: what `compare` and `reproduce` are made of. */
import { SpikewardError } from '@spikeward/core'
import { evaluate, fit } from '@spikeward/train'
import { ridgeBaseline } from '../baseline.js'
import { build } from '../build.js'
import { stepsWithin } from '../calibrate.js'
import { openBackend } from '../catalogue/backends.js'
import type { TrainConfig } from '../config.js'
import { finiteOrNull } from '../training.js'

/** A moment of a run. The error is that on the validation points. */
export type Moment = {
  readonly step: number
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly relativeL2: number | null
}

/** What a run came to. */
export type Trial = {
  readonly config: TrainConfig
  /** On the test points; null where the run failed or nobody asked. */
  readonly relativeL2: number | null
  /** On the validation points, at the end. */
  readonly validation: number | null
  /** The run's own network untrained, its readout solved by ridge regression; null where nobody asked. */
  readonly baselineRidge: number | null
  readonly steps: number
  /** Training alone. */
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly curve: readonly Moment[]
  /** Why the run did not get to its end, null where it did. */
  readonly failure: string | null
}

/** How a run is measured: a search for settings looks at validation points alone. */
export type Measure = 'validation' | 'test'

/** Points of a curve. */
const MOMENTS = 24

/** Runs to the end of the settings and measures. A loss that is not finite is a result, not an error. */
export async function runTrial(config: TrainConfig, measure: Measure, signal: AbortSignal): Promise<Trial | null> {
  const parts = await build(config)
  const { network, problem, estimator, optimizer, interludes } = parts
  await using backend = await openBackend(config.backend, config.threads)
  const every = Math.max(1, Math.floor(config.steps / MOMENTS))
  const curve: Moment[] = []
  let last = { step: 0, seconds: 0, forwardEquivalents: 0 }
  const base = { config, baselineRidge: null, relativeL2: null, validation: null }
  try {
    for await (const e of fit({
      network,
      problem,
      estimator,
      optimizer,
      interludes,
      backend,
      batch: config.batch,
      key: config.key,
      steps: config.steps,
      every,
      validateEvery: every,
      signal,
    })) {
      if (e.type === 'metrics') last = e
      if (e.type === 'validation') {
        const { step, seconds, forwardEquivalents } = last
        curve.push({ step, seconds, forwardEquivalents, relativeL2: finiteOrNull(e.relativeL2) })
      }
      if (e.type !== 'end') continue
      if (e.reason === 'aborted') return null
      const at = async (set: Measure): Promise<number | null> =>
        finiteOrNull((await evaluate(network, e.variables, problem.points(set))).relativeL2)
      return {
        ...base,
        relativeL2: measure === 'test' ? await at('test') : null,
        validation: await at('validation'),
        baselineRidge: measure === 'test' ? finiteOrNull(await ridgeBaseline(parts, config.key, backend)) : null,
        steps: e.step,
        seconds: e.seconds,
        forwardEquivalents: e.forwardEquivalents,
        curve,
        failure: null,
      }
    }
  } catch (error) {
    if (!(error instanceof SpikewardError) || error.code !== 'NON_FINITE_LOSS') throw error
    const { step, seconds, forwardEquivalents } = last
    return { ...base, steps: step, seconds, forwardEquivalents, curve, failure: error.message }
  }
  return null
}

/** How many steps fit into a time, and the most memory that training takes meanwhile: from a short run that is thrown away. */
export async function calibrate(
  config: TrainConfig,
  seconds: number,
): Promise<{ readonly steps: number; readonly peakBytes: number }> {
  const parts = await build(config)
  await using backend = await openBackend(config.backend, config.threads)
  const steps = await stepsWithin(seconds, parts, config.batch, backend).catch((error: unknown) => {
    if (error instanceof SpikewardError && error.code === 'NON_FINITE_LOSS') return 1
    throw error
  })
  return { steps, peakBytes: backend.stats().peakBytes }
}
