/** One training on the delayed exclusive or, in this process. */
import { jit, key as keyOf, treeLeaves } from '@spikeward/core'
import type { Backend, Key } from '@spikeward/core'
import { adam, cosineDecay } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
import type { StepLoss } from '@spikeward/train'
import { makeEstimator } from '../../estimators.js'
import type { Options } from '../../catalogue.js'
import { drawXor, initXor, wrongAnswers, xorLoss } from './delayedXor.js'
import type { XorData, XorParams } from './delayedXor.js'
import type { LongOutcome, LongTraining } from '../longTraining.js'

/** Options of the estimators here. */
export const xorOptions: Readonly<Record<string, Options>> = {
  rfg: { directions: 16 },
}

/** Samples that errors are measured on. */
const TESTED = 1024

/** Keys: fresh samples for tests, none of which a step draws. */
const [NETWORK, STEPS, TEST] = [0, 1, 2]

/** Trains, unless the workspace of a step is larger than the memory. The loss is the mean squared error on 1024 fresh samples. */
export async function trainXor(settings: LongTraining, backend: Backend): Promise<LongOutcome> {
  const { estimator, learningRate, steps, batch, time, networkKey, memory } = settings
  const loss: StepLoss<XorParams, []> = (p, _, k) => xorLoss(p, drawXor(k, batch), time)
  const schedule = cosineDecay({ initial: learningRate, steps })
  const { init, step } = trainStep(loss, makeEstimator(estimator, xorOptions[estimator] ?? {}), adam(schedule))
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
  const outcome: LongOutcome = {
    bytes,
    loss: found === null ? null : await found.loss.item(),
    wrong: found === null ? null : await found.wrong.item(),
    seconds: fits ? (performance.now() - begun) / 1000 : null,
  }
  for (const f of [open, run, measure]) f.dispose()
  for (const t of treeLeaves([state, root, training, ...(found === null ? [] : [found])])) t.dispose()
  return outcome
}
