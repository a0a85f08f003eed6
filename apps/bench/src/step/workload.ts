/** The step that is timed: a spiking MLP on fixed points, its loss, an estimator, Adam. */
import { jit, key as keyOf, lossParts, mean, square, sub, treeLeaves, uniform } from '@spikeward/core'
import type { Backend, Key, LossParts } from '@spikeward/core'
import type { Executable, Plan } from '@spikeward/core/backend'
import type { SpikingMlpTrained } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
import { type StepSettings, adamSettings, estimatorOfStep } from './stepSettings.js'
import { type Shared, type StepData, directionOf, lossOf, shareStep, stepNetwork } from './shareStep.js'

export type Workload = {
  /** Takes one step and waits for its loss. */
  step(): Promise<number>
  /** The data that a peer needs to do the same, if requested. */
  readonly shared: Shared | null
  /** Of one step, counted from its plan: floating-point operations (products as dense), bytes moved, workspace. */
  readonly cost: { readonly flops: number; readonly bytes: number; readonly workspaceBytes: number }
  /** Dispatches per step, if the backend counts them, else null. */
  readonly dispatches: number | null
  readonly plan: Plan
  readonly executable: Executable
  /** Takes steps without reading their losses, then waits for the last: what training does between two events. */
  steps(count: number): Promise<void>
  dispose(): void
}

/** The dispatches of a run, for backends that pack several kernels into one: webgpu. */
const dispatchesOf = (executable: Executable): number | null =>
  'dispatches' in executable && typeof executable.dispatches === 'number' ? executable.dispatches : null

/** Assembles the step on `backend`, compiles it and takes it once. `share` also exports what peers need. */
export async function makeWorkload(settings: StepSettings, backend: Backend, share: boolean): Promise<Workload> {
  const { widths, batch } = settings
  const [inputs = 0, outputs = 0] = [widths[0], widths.at(-1)]
  const network = stepNetwork(settings)
  const root = keyOf(0, { backend })
  const prepare = jit((k: Key) => {
    const [net, points, target, direction] = k.split(4) as [Key, Key, Key, Key]
    const { trained, fixed } = network.init(net)
    const x = uniform(points, [batch, inputs], { min: -1, max: 1 })
    const y = uniform(target, [batch, outputs], { min: -1, max: 1 })
    return { trained, fixed, x, y, direction: directionOf(direction, trained) }
  })
  const { trained, fixed, x, y, direction } = prepare(root)
  const data: StepData = { fixed, x, y }
  const loss = lossOf(network)
  const shared = share ? await shareStep(loss, trained, data, direction) : null
  treeLeaves(direction).forEach((t) => t.dispose())

  const { learningRate, ...moments } = adamSettings
  const parts = (d: StepData): LossParts<SpikingMlpTrained> =>
    lossParts({
      samples: batch,
      input: d.x,
      forward: (p: SpikingMlpTrained, at) => network.apply({ trained: p, fixed: d.fixed }, at),
      head: (output) => mean(square(sub(output, d.y)), 1),
      residuals: null,
    })
  const { init, step } = trainStep(
    Object.assign(loss, { parts }),
    estimatorOfStep(settings),
    adam(learningRate, moments),
  )
  // The state owns its memory, so that every step may overwrite it.
  const start = jit(init)
  let state = start(trained)
  const run = jit(step, { donate: [0] })
  const { executable, plan } = run.inspect(state, data, root)
  start.dispose()
  prepare.dispose()
  treeLeaves(trained).forEach((t) => t.dispose())
  const advance = async (): Promise<number> => {
    state = run(state, data, root)
    return state.loss.item()
  }
  await advance()
  return {
    step: advance,
    shared,
    cost: { flops: executable.flops, bytes: executable.bytes, workspaceBytes: executable.workspaceBytes },
    dispatches: dispatchesOf(executable),
    plan,
    executable,
    async steps(count) {
      for (let i = 0; i < count; i++) state = run(state, data, root)
      await state.loss.item()
    },
    dispose() {
      run.dispose()
      treeLeaves({ state, data, root }).forEach((t) => t.dispose())
    },
  }
}
