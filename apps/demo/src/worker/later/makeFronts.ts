import { add, cast, jit, notEqual, sum, tensor, treeLeaves, treeMap } from '@spikeward/core'
import type { Backend, ByLayer, Tensor } from '@spikeward/core'
import { cnnStep } from '@spikeward/operators'
import { nagumo2d, relativeL2 } from '@spikeward/problems'
import { type RolloutState, sigmaDeltaRollout, sigmaDeltaStart } from '@spikeward/train'
import stored from './frontWeights.json'

/** Asks for a step: the first one of another field if that is wanted, or if the last field has ended. */
export type FrontsQuestion = {
  /** The least change that a unit sends. */
  readonly threshold: number
  /** Whether another field begins. */
  readonly begin: boolean
}

/** One form of the network after a step. */
type Form = {
  /** Row-major. */
  readonly field: Float32Array
  /** Relative L2. */
  readonly error: number
  /** Synaptic operations of the step. */
  readonly operations: number
}

/** Both forms after a step of one field. */
export type FrontsFrame = {
  readonly step: number
  readonly time: number
  readonly grid: readonly number[]
  /** The field of the reference solver. */
  readonly truth: Float32Array
  readonly events: Form
  readonly dense: Form
  /** Messages of each cell. */
  readonly messages: Float32Array
}

/** The key of the first field: far from those of the training. */
const UNSEEN = 1_000_003
/** The stable state in which layers are at rest, and the part of the unsent rest that a step drops. */
const [REST, LEAK] = [1, 0.5]

/** Moves fronts by one trained network twice: as it is, and in sigma–delta form, event by event. */
export function makeFronts(backend: Backend): (question: FrontsQuestion) => Promise<FrontsFrame> {
  const put = (data: ArrayLike<number>, shape: readonly number[]): Tensor =>
    tensor(Float32Array.from(data), { shape: [...shape], backend })
  const layers = stored.map(({ weight, bias }) => ({
    weight: put(weight.data, weight.shape),
    bias: put(bias.data, bias.shape),
  }))
  const open = jit((u: Tensor): RolloutState => sigmaDeltaStart(cnnStep, { layers }, u, REST))
  const move = jit((u: Tensor, before: RolloutState, threshold: Tensor) => {
    const thresholds = treeMap<ByLayer>(() => threshold, before.held)
    const { state, operations } = sigmaDeltaRollout(cnnStep, { layers }, { thresholds, leak: LEAK }, before, 1)
    const sent = Object.entries(state.held).map(([id, x]) => sum(cast(notEqual(x, before.held[id]!), 'f32'), -1))
    return [cnnStep({ layers }, u), state, sum(operations), sent.reduce((a, b) => add(a, b))] as const
  })
  const floats = async (t: Tensor): Promise<Float32Array> => Float32Array.from(await t.data(), Number)
  const { grid, frames, interval } = nagumo2d().trajectory
  const all = layers.reduce((n, { weight }) => n + weight.size * grid.reduce((a, b) => a * b), 0)
  let key = UNSEEN
  let now: { readonly truth: readonly Float32Array[]; readonly u: Tensor; readonly state: RolloutState } | null = null

  return async ({ threshold, begin }) => {
    if (begin || now === null || now.truth.length === 0) {
      const { values } = await nagumo2d({ key: key++, train: 1, validation: 1, test: 1 }).trajectories('test')
      const [first, ...truth] = Array.from({ length: frames }, (_, t) =>
        values.subarray((t * values.length) / frames, ((t + 1) * values.length) / frames),
      )
      const u = put(first!, [1, ...grid, 1])
      now = { truth, u, state: open(u) }
    }
    const [exact, ...truth] = now.truth
    const theta = put([threshold], [])
    const [u, state, operations, messages] = move(now.u, now.state, theta)
    const step = frames - 1 - truth.length
    const formOf = async (t: Tensor, work: number): Promise<Form> => {
      const field = await floats(t)
      return { field, error: relativeL2(field, exact!), operations: work }
    }
    const frame = {
      ...{ step, time: step * interval, grid, truth: exact!, messages: await floats(messages) },
      events: await formOf(state.u, await operations.item()),
      dense: await formOf(u, all),
    }
    treeLeaves([now.u, now.state, theta, operations, messages]).forEach((t) => t.dispose())
    now = { truth, u, state }
    return frame
  }
}
