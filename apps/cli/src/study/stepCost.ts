import { jit, key as keyOf, treeLeaves } from '@spikeward/core'
import type { Backend, Key, Tensor } from '@spikeward/core'
import type { SpikingMlpFixed, SpikingMlpTrained } from '@spikeward/operators'
import { regressionTask, toPoints, trainStep } from '@spikeward/train'
import type { Points } from '@spikeward/train'
import { build } from '../build.js'
import { openBackend } from '../catalogue/backends.js'
import type { TrainConfig } from '../config.js'
import { medianOf } from './statistics.js'

/** What a training step costs. */
export type StepCost = {
  /** Median over all steps. */
  readonly ms: number
  /** Counted from the plan, products as dense. */
  readonly flops: number
  readonly bytesMoved: number
  readonly peakBytes: number
}

type Given = { readonly fixed: SpikingMlpFixed; readonly data: Points }
type Ready = { readonly step: () => Promise<void>; readonly cost: Omit<StepCost, 'ms'>; readonly dispose: () => void }

async function prepare(config: TrainConfig, backend: Backend): Promise<Ready> {
  const { network, problem, estimator, optimizer } = await build(config)
  const task = regressionTask({ network, problem, batch: config.batch })
  const loss = (trained: SpikingMlpTrained, { fixed, data }: Given, key: Key): Tensor =>
    task.objective(trained, fixed, data, key)
  const { init, step } = trainStep(loss, estimator, optimizer)
  const key = keyOf(config.key, { backend })
  const start = jit((k: typeof key) => {
    const { trained, fixed } = network.init(k)
    return { state: init(trained), fixed }
  })
  const first = start(key)
  start.dispose()
  const data = toPoints(problem.points('train'))
  const given = { fixed: first.fixed, data }
  const run = jit(step, { donate: [0], backend })
  let state = first.state
  const { executable } = run.inspect(state, given, key)
  const take = async (): Promise<void> => {
    state = run(state, given, key)
    await state.loss.item()
  }
  for (let i = 0; i < 3; i++) await take()
  const { peakBytes } = backend.stats()
  return {
    step: take,
    cost: { flops: executable.flops, bytesMoved: executable.bytes, peakBytes },
    dispose() {
      run.dispose()
      treeLeaves({ state, fixed: first.fixed, data, key }).forEach((t) => t.dispose())
    },
  }
}

/**
 * Times the training steps of several settings in alternating rounds, so that a machine that slows down slows all of
 * them down.
 *
 * @param seconds of timing for each
 */
export async function stepCosts(configs: readonly TrainConfig[], seconds: number): Promise<readonly StepCost[]> {
  const opened: { readonly ready: Ready; readonly backend: Backend; readonly times: number[] }[] = []
  try {
    for (const config of configs) {
      const backend = await openBackend(config.backend, config.threads)
      opened.push({ ready: await prepare(config, backend), backend, times: [] })
    }
    const rounds = 10
    for (let r = 0; r < rounds; r++) {
      for (const { ready, times } of r % 2 === 0 ? opened : [...opened].reverse()) {
        const until = performance.now() + (1000 * seconds) / rounds
        do {
          const begun = performance.now()
          await ready.step()
          times.push(performance.now() - begun)
        } while (performance.now() < until)
      }
    }
    return opened.map(({ ready, times }) => ({ ms: medianOf(times), ...ready.cost }))
  } finally {
    for (const { ready, backend } of opened) {
      ready.dispose()
      await backend[Symbol.asyncDispose]()
    }
  }
}
