/** One training on the delayed exclusive or, in this process. */
import { jit, key as keyOf, treeLeaves } from '@spikeward/core'
import type { Backend, Key } from '@spikeward/core'
import { adam, cosineDecay } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
import type { StepLoss } from '@spikeward/train'
import { makeEstimator } from '../estimators.js'
import type { Options } from '../catalogue.js'
import { drawXor, initXor, wrongAnswers, xorLoss, xorParts } from './delayedXor.js'
import type { XorData, XorParams, XorSettings } from './delayedXor.js'

/** Options of the estimators here. Above, the weights see inputs that change in time, so that each synapse has its own trace. */
const ownOptions: Readonly<Record<string, Options>> = {
  rateBackpropagation: { traces: 'perSynapse' },
  rfg: { directions: 16 },
}

/** What a training is made of. */
export type XorTraining = XorSettings & {
  readonly estimator: string
  readonly learningRate: number
  readonly steps: number
  readonly batch: number
  readonly networkKey: number
  /** Bytes that a step may use. */
  readonly memory: number
}

/** What a training gave; errors are null if its step did not fit into the memory. */
export type XorOutcome = {
  /** Workspace of a step, from its plan. */
  readonly bytes: number
  readonly loss: number | null
  /** The share of wrong answers on 1024 fresh samples. */
  readonly wrong: number | null
  readonly seconds: number | null
}

/** Samples that errors are measured on. */
const TESTED = 1024

/** Keys: fresh samples for tests, none of which a step draws. */
const [NETWORK, STEPS, TEST] = [0, 1, 2]

/** Trains, unless the workspace of a step is larger than the memory. */
export async function trainXor(settings: XorTraining, backend: Backend): Promise<XorOutcome> {
  const { estimator, learningRate, steps, batch, time, networkKey, memory } = settings
  const loss: StepLoss<XorParams, []> = Object.assign(
    (p: XorParams, _: [], k: Key) => xorLoss(p, drawXor(k, batch), time),
    { parts: (_: [], k: Key) => xorParts(settings, drawXor(k, batch)) },
  )
  const schedule = cosineDecay({ initial: learningRate, steps })
  const { init, step } = trainStep(loss, makeEstimator(estimator, ownOptions[estimator] ?? {}), adam(schedule))
  const root = keyOf(networkKey, { backend })
  const open = jit((k: Key) => init(initXor(settings, k.fold(NETWORK))))
  let state = open(root)
  const run = jit(step, { donate: [0] })
  const training = root.fold(STEPS)
  const bytes = run.inspect(state, [], training).executable.workspaceBytes
  const fits = bytes <= memory
  const measure = jit((p: XorParams, k: Key) => {
    const data: XorData = drawXor(k, TESTED)
    return { loss: xorLoss(p, data, time), wrong: wrongAnswers(p, data, time) }
  })
  const begun = performance.now()
  if (fits) for (let i = 0; i < steps; i++) state = run(state, [], training)
  const found = fits ? measure(state.trained, root.fold(TEST)) : null
  const outcome: XorOutcome = {
    bytes,
    loss: found === null ? null : await found.loss.item(),
    wrong: found === null ? null : await found.wrong.item(),
    seconds: fits ? (performance.now() - begun) / 1000 : null,
  }
  for (const f of [open, run, measure]) f.dispose()
  for (const t of treeLeaves([state, root, training, ...(found === null ? [] : [found])])) t.dispose()
  return outcome
}
