import { jit, key, uniform, type Backend, type Estimator } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { meanSquaredError, trainStep } from '@spikeward/train'
import type { WebGpuExecutable } from '../../src/index.js'

/** A training step: its network's hidden layers, time steps, chunk of time, rows, and estimator. */
export interface Step {
  readonly hidden: readonly number[]
  readonly time: number
  readonly chunk?: number
  readonly batch: number
  readonly estimator: Estimator
}

/** Compiles a training step and returns the losses of `steps` steps. */
export async function taken({ hidden, time, chunk, batch, estimator }: Step, backend: Backend, steps: number) {
  const options = { inputs: 2, outputs: 1, hidden, neuron: leakyIntegrateAndFire({ beta: 1 }), spike: spike(atan()) }
  const network = spikingMlp({ ...options, time, ...(chunk === undefined ? {} : { chunk }) })
  // The initial rates are measured on the reference backend: over a few steps of time, whatever the network computes
  // later.
  const variables = spikingMlp({ ...options, time: 4 }).init(key(0))
  const data = { x: uniform(key(1), [batch, 2]), y: uniform(key(2), [batch, 1]) }
  const loss = (trained: typeof variables.trained, { x, y }: typeof data) =>
    meanSquaredError(network.apply({ ...variables, trained }, x), y)
  const { init, step } = trainStep(loss, estimator, adam(1e-2))
  const run = jit(step, { donate: [0], backend })
  let state = init(variables.trained)
  const { executable } = run.inspect(state, data, key(3))
  const { dispatches, workspaceBytes, source } = executable as WebGpuExecutable
  const isTiled = source.includes('// tile-fused group')
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    state = run(state, data, key(3))
    losses.push(await state.loss.item())
  }
  run.dispose()
  return { dispatches, workspaceBytes, isTiled, losses }
}
