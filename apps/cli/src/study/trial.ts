/** One run held in memory: what `compare` and `reproduce` are made of. */
import { SpikewardError } from '@spikeward/core'
import { fit } from '@spikeward/train'
import { ridgeBaseline } from '../baseline.js'
import { build } from '../build.js'
import { stepsWithin } from '../calibrate.js'
import { openBackend } from '../catalogue/backends.js'
import type { TrainConfig } from '../config.js'
import type { Io } from '../io.js'
import type { BuildHow } from '../subject/index.js'
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
  /** On the test split, of an operator the mean per function; null where the run failed or nobody asked. */
  readonly relativeL2: number | null
  /** Over all functions and points together. */
  readonly relativeL2Pooled: number | null
  /** On the validation split, at the end. */
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

/** The failure of a run whose loss was not finite. */
export const NOT_FINITE = 'the loss became NaN or infinite'

/** Points of a curve. */
const MOMENTS = 24

/**
 * Runs to the end of the settings and measures. A loss that is not finite is a result, not an error, and so is an
 * estimator that cannot be used with the network.
 */
export async function runTrial(
  config: TrainConfig,
  measure: Measure,
  how: BuildHow,
  signal: AbortSignal,
): Promise<Trial | null> {
  const parts = await build(config, how)
  const { subject, estimator, optimizer } = parts
  await using backend = await openBackend(config.backend, config.threads)
  const every = Math.max(1, Math.floor(config.steps / MOMENTS))
  const curve: Moment[] = []
  let last = { step: 0, seconds: 0, forwardEquivalents: 0 }
  const base = { config, baselineRidge: null, relativeL2: null, relativeL2Pooled: null, validation: null }
  try {
    for await (const e of fit({
      task: subject.task,
      interludes: subject.interludes,
      estimator,
      optimizer,
      backend,
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
      const tested = measure === 'test' ? await subject.measure(e.variables, 'test') : null
      const baseline = measure === 'test' ? await ridgeBaseline(parts, config.key, backend) : null
      return {
        ...base,
        relativeL2: tested === null ? null : finiteOrNull(tested.relativeL2),
        relativeL2Pooled: tested === null ? null : finiteOrNull(tested.relativeL2Pooled),
        validation: finiteOrNull((await subject.measure(e.variables, 'validation')).relativeL2),
        baselineRidge: baseline === null ? null : finiteOrNull(baseline),
        steps: e.step,
        seconds: e.seconds,
        forwardEquivalents: e.forwardEquivalents,
        curve,
        failure: null,
      }
    }
  } catch (error) {
    if (!(error instanceof SpikewardError)) throw error
    const { step, seconds, forwardEquivalents } = last
    const failure = error.code === 'NON_FINITE_LOSS' ? NOT_FINITE : error.message
    return { ...base, steps: step, seconds, forwardEquivalents, curve, failure }
  }
  return null
}

/** How many steps fit into a time, and the most memory that training takes meanwhile: from a short run that is thrown away. */
export async function calibrate(
  config: TrainConfig,
  seconds: number,
  io: Io,
): Promise<{ readonly steps: number; readonly peakBytes: number }> {
  const parts = await build(config, { io, quiet: true })
  await using backend = await openBackend(config.backend, config.threads)
  const steps = await stepsWithin(seconds, parts, backend).catch((error: unknown) => {
    // The trial meets the same, and keeps it as its result.
    if (error instanceof SpikewardError) return 1
    throw error
  })
  return { steps, peakBytes: backend.stats().peakBytes }
}
