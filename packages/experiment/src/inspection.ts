/** Measures of a network and of its training step: activity and weights, the quality of an estimate, cost. */
import {
  jit,
  key as keyOf,
  layersOf,
  neuronsOf,
  scope,
  tensor,
  toBackend,
  treeLeaves,
  treePaths,
  zeros,
} from '@spikeward/core'
import type { Backend, Estimator, Key, Network, Optimizer, Tensor, Tree, Variables } from '@spikeward/core'
import type { Executable } from '@spikeward/core/backend'
import { withCosine } from '@spikeward/estimators'
import { type Task, lossAt, stepLossOf, trainStep } from '@spikeward/train'
import { type RecordedLayer, readLayers } from './assembly/neuronRecorder.js'

const release = (...trees: readonly Tree[]): void =>
  trees.forEach((tree) => treeLeaves(tree).forEach((t) => t.dispose()))

/** The activity of a network at points, and its outputs there; compiled once for all variables. */
export type NetworkInspector = {
  /** @param x one point, of as many numbers as the network has inputs */
  at(
    variables: Variables,
    x: readonly number[],
  ): Promise<{ readonly layers: readonly RecordedLayer[]; readonly output: ArrayLike<number> }>
  dispose(): void
}

/** Inspects a network that is a function of points on a backend. Layers without recorded neurons are left out. */
export function inspectNetwork({ apply }: Pick<Network<Variables>, 'apply'>, backend: Backend): NetworkInspector {
  const look = jit(({ trained, fixed }: Variables, x: Tensor) => ({
    layers: neuronsOf((p: Tree) => apply({ trained: p, fixed }, x))(trained),
    output: apply({ trained, fixed }, x),
  }))
  return {
    async at(variables, point) {
      const x = tensor([...point], { shape: [1, point.length], backend })
      const { layers, output } = look(variables, x)
      const activity = { layers: await readLayers(layers), output: Float64Array.from(await output.data()) }
      release(output, x)
      return activity
    },
    dispose: () => look.dispose(),
  }
}

/** A matrix of weights, row-major: rows are the inputs of the layer. */
export type WeightMatrix = { readonly values: ArrayLike<number>; readonly rows: number; readonly columns: number }

/**
 * The weights of the affine layers of a network of points, in the order of their use; those that it computes from
 * others are left out.
 */
export function weightsOf(
  { apply }: Pick<Network<Variables>, 'apply'>,
  { trained, fixed }: Variables,
  inputs: number,
): Promise<readonly WeightMatrix[]> {
  const [paths, leaves] = [treePaths(trained), treeLeaves(trained)]
  const layers = layersOf((own: Tree, x: Tensor) => apply({ trained: own, fixed }, x), trained, zeros([1, inputs]))
  const weights = layers.flatMap(({ weight: [path = ''], direct }) => (direct ? [leaves[paths.indexOf(path)]!] : []))
  return Promise.all(
    weights.map(async (weight) => {
      const [rows = 0, columns = 0] = weight.shape
      return { values: await weight.data(), rows, columns }
    }),
  )
}

/** Cosines of an estimator's estimates to the gradient by back-propagation, cos = ⟨ĝ, g⟩ / (‖ĝ‖ ‖g‖). */
export type CosineMeter = {
  /** The mean over as many mini-batches and directions as there are keys. */
  measure(variables: Variables, keys: readonly number[]): Promise<number>
  dispose(): void
}

/**
 * Measures how well estimates of the gradient of a task agree with back-propagation; the data are held on the backend.
 */
export async function cosineMeter(task: Task, estimator: Estimator, backend: Backend): Promise<CosineMeter> {
  const [measured, loss] = [withCosine(estimator), stepLossOf(task)]
  const data = await toBackend(task.data(), backend)
  const once = jit(({ trained, fixed }: Variables, batch: Tree, key: Key): Tensor => {
    const [draw, direction] = key.split(2) as [Key, Key]
    const here = lossAt(loss, { fixed, data: batch }, draw)
    return measured.estimate(here, trained, measured.init(trained), { key: direction }).stats['cosine']!
  })
  return {
    async measure(variables, keys) {
      let total = 0
      for (const key of keys) {
        const result = once(variables, data, keyOf(key, { backend }))
        total += await result.item()
        result.dispose()
      }
      return total / keys.length
    },
    dispose() {
      once.dispose()
      release(data)
    },
  }
}

/** A compiled training step, and the variables that it starts from. */
export type OpenStep = {
  /** Its work and memory, counted from its plan. */
  readonly executable: Executable
  /** Takes the step once more, waits for its loss, and gives the forward passes of all steps so far. */
  take(): Promise<void>
  forwardEquivalents(): Promise<number>
  dispose(): void
}

/**
 * Compiles a training step of a task from its initial variables: its cost can be read, and it can be taken and timed.
 */
export async function openStep(
  task: Task,
  { estimator, optimizer }: { readonly estimator: Estimator; readonly optimizer: Optimizer },
  key: number,
  backend: Backend,
): Promise<OpenStep> {
  const { init, step } = trainStep(stepLossOf(task), estimator, optimizer)
  const root = keyOf(key, { backend })
  const start = jit((k: Key) => {
    const { trained, fixed } = task.init(k)
    return { state: init(trained), fixed }
  })
  const data = await toBackend(task.data(), backend)
  const { state: first, fixed } = scope(() => start(root))
  start.dispose()
  const run = jit(step, { donate: [0] })
  let state = first
  return {
    executable: run.inspect(state, { fixed, data }, root).executable,
    async take() {
      state = run(state, { fixed, data }, root)
      await state.loss.item()
    },
    forwardEquivalents: () => state.forwardEquivalents.item(),
    dispose() {
      run.dispose()
      release(state, fixed, data, root)
    },
  }
}
