import {
  SpikewardError,
  add,
  cast,
  jit,
  key as keyOf,
  matmul,
  randint,
  reshape,
  take,
  tensor,
  transpose,
  treeLeaves,
  treeMap,
} from '@spikeward/core'
import type { Backend, Key, Optimizer, Tensor, Tree } from '@spikeward/core'
import { checkOption } from '../integer/integer.js'
import type { DeviceEstimator } from './deviceEstimator.js'
import type { DeviceNetwork, DeviceNeurons, DeviceParams } from './deviceNetwork.js'
import { deviceState, deviceStep } from './deviceStep.js'
import type { DeviceBatch } from './deviceStep.js'
import type { DeviceLoss, DeviceReadout } from './loss/deviceLoss.js'
import { hostLoss } from './loss/deviceLoss.js'

/** The readout as numbers of the host: weight [n · outputs], bias [outputs], centre [n]. */
export type ReadoutNumbers = {
  readonly weight: Float64Array
  readonly bias: Float64Array
  readonly centre: Float64Array
}

/**
 * A fixed affine map of the host behind its readout: outputs = z D + d of the readout's z = (r − c) W + b, with D
 * [codes · outputs] row-major and d [outputs]. For the branch of an operator network, z is the code of a function, D
 * holds the codes of the points, and the readout remains one of `codes` numbers.
 */
export type HostDecoder = { readonly weight: Float64Array; readonly bias: Float64Array }

/**
 * The treatment of the host's readout while the chip learns: it is held, learned by the delta rule of each step, or
 * solved for the current parameters before the first of every n steps and after the last one.
 */
export type HostTraining =
  | { readonly kind: 'held' }
  | { readonly kind: 'learned'; readonly optimizer: Optimizer }
  | {
      readonly kind: 'solved'
      readonly every: number
      readonly solve: (params: DeviceParams) => Promise<ReadoutNumbers>
    }

/** Options of {@link trainDevice}. */
export interface DeviceTraining {
  readonly network: DeviceNetwork
  readonly neurons: readonly DeviceNeurons[]
  /** Parameters before the first step; training reuses their memory, so they cannot be used afterwards. */
  readonly params: DeviceParams
  readonly readout: ReadoutNumbers
  /** A map behind the readout; default none: the readout gives the outputs. */
  readonly decoder?: HostDecoder
  /** All training samples; a step draws `batch` of them with replacement. */
  readonly data: DeviceBatch
  readonly estimator: DeviceEstimator
  /** Where the two losses are formed; default the host. */
  readonly loss?: DeviceLoss
  readonly host: HostTraining
  readonly steps: number
  readonly batch: number
  /**
   * The largest update of a layer is about 2^rate weight steps at first; it halves at 1/2, 3/4 and 7/8 of the steps.
   */
  readonly rate: number
  readonly key: number
  readonly backend: Backend
  /** Called every n steps with the mean loss of the step, in the square of the unit of the targets. */
  readonly progress?: { readonly every: number; readonly report: (step: number, loss: number) => void }
  /** Ends the training within 10 steps. */
  readonly signal?: AbortSignal
}

/** A trained network on a chip. */
export interface TrainedDevice {
  readonly params: DeviceParams
  readonly readout: ReadoutNumbers
  /** Steps taken: fewer than requested if a signal ended the training. */
  readonly steps: number
}

/** Steps between two turns of the event loop, in which a signal can arrive. */
const TURN = 10

type Learned = Pick<DeviceReadout, 'weight' | 'bias'>

/** A readout with the decoder behind it, and the readout's gradient from that of the two together. */
type Composed = { readonly through: (readout: Learned) => Learned; readonly back: (gradient: Learned) => Learned }

const plain: Composed = { through: (readout) => readout, back: (gradient) => gradient }

/** (x W + b) D + d = x (W D) + (b D + d). */
function composedWith({ weight, bias }: Learned): Composed {
  const [codes, outputs] = weight.shape as [number, number]
  const row = (v: Tensor, by: Tensor, width: number): Tensor => reshape(matmul(reshape(v, [1, -1]), by), [width])
  return {
    through: (readout) => ({
      weight: matmul(readout.weight, weight),
      bias: add(row(readout.bias, weight, outputs), bias),
    }),
    back: (gradient) => ({
      weight: matmul(gradient.weight, transpose(weight)),
      bias: row(gradient.bias, transpose(weight), codes),
    }),
  }
}

/** The host's readout, and the state of its optimiser. */
type Host = { readonly learned: Learned; readonly centre: Tensor; readonly memory: Tree }

const free = (tree: Tree): void => treeLeaves(tree).forEach((t) => t.dispose())

const numbers = async (t: Tensor): Promise<Float64Array> => new Float64Array(await t.data())

/** The readout as tensors, f32. */
export function readoutTensors({ weight, bias, centre }: ReadoutNumbers, backend?: Backend): DeviceReadout {
  const on = (values: Float64Array, ...shape: number[]): Tensor =>
    tensor(values, { shape, dtype: 'f32', ...(backend ? { backend } : {}) })
  return {
    weight: on(weight, centre.length, bias.length),
    bias: on(bias, bias.length),
    centre: on(centre, centre.length),
  }
}

/** The decoder as tensors, f32. */
function decoderTensors({ weight, bias }: HostDecoder, backend: Backend): Learned {
  const on = (values: Float64Array, ...shape: number[]): Tensor => tensor(values, { shape, dtype: 'f32', backend })
  return { weight: on(weight, weight.length / bias.length, bias.length), bias: on(bias, bias.length) }
}

/**
 * Trains a network on a chip: `deviceStep` on random batches, and the host's readout as `host` specifies. The same key
 * gives the same integers on every backend that computes the host's losses alike.
 *
 * @throws INVALID_OPTION for counts that are not whole, or too small, and a rate that is not a whole number from −30 to
 * 30; INVALID_ARGUMENT for data without a sample
 * @example
 * const { params, readout } = await trainDevice({ network, neurons, params: start, readout: first, data, estimator: deviceNodePerturbation(),
 *   host: { kind: 'held' }, steps: 300, batch: 256, rate: -4, key: 1, backend })
 */
export async function trainDevice(training: DeviceTraining): Promise<TrainedDevice> {
  const { network, neurons, data, estimator, loss = hostLoss, host: how, steps, batch, rate, backend } = training
  const samples = data.x.shape[0] ?? 0
  if (samples === 0)
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `trainDevice: data.x has the shape [${data.x.shape.join(', ')}], which holds no sample; give payloads [N, in] with N of at least 1`,
    )
  const whole = (name: string, value: number, low: number, high: number): number =>
    checkOption('trainDevice', name, value, low, high)
  whole('steps', steps, 0, 2 ** 31 - 1)
  whole('batch', batch, 1, 2 ** 31 - 1)
  whole('rate', rate, -30, 30)
  if (how.kind === 'solved') whole('host.every', how.every, 1, 2 ** 31 - 1)
  if (training.progress !== undefined) whole('progress.every', training.progress.every, 1, 2 ** 31 - 1)
  const step = deviceStep(network, estimator, loss)
  const learner = how.kind === 'learned' ? how.optimizer : null
  const hostOf = (readout: ReadoutNumbers): Host => {
    const { centre, ...learned } = readoutTensors(readout, backend)
    return { learned, centre, memory: learner === null ? [] : learner.init(learned) }
  }
  const run = jit(
    (
      state: ReturnType<typeof deviceState>,
      host: Host,
      n: readonly DeviceNeurons[],
      behind: readonly Learned[],
      all: DeviceBatch,
      pace: Tensor,
      root: Key,
      index: Tensor,
    ) => {
      const [draw, own] = root.fold(index).split(2) as [Key, Key]
      const rows = randint(draw, [batch], samples)
      const minibatch = { x: cast(take(cast(all.x, 'f32'), rows), 'i32'), y: take(all.y, rows) }
      const { through, back } = behind[0] === undefined ? plain : composedWith(behind[0])
      const inputs = {
        neurons: n,
        readout: { ...through(host.learned), centre: host.centre },
        batch: minibatch,
        rate: pace,
      }
      const { state: next, loss: mean, readoutGradient } = step(state, inputs, own)
      if (learner === null) return { state: next, host, loss: mean }
      const { updates, state: memory } = learner.update(back(readoutGradient), host.memory, host.learned)
      const learned = treeMap(add, host.learned, updates)
      return { state: next, host: { ...host, learned, memory }, loss: mean }
    },
    { donate: [0, 1] },
  )
  const begin = jit(deviceState, { donate: [0] })
  const root = keyOf(training.key, { backend })
  const decoders = training.decoder === undefined ? [] : [decoderTensors(training.decoder, backend)]
  const scalar = (v: number): Tensor => tensor(v, { dtype: 'i32', backend })
  const halvings = [0.5, 0.75, 0.875].map((share) => Math.floor(share * steps))
  let state = begin(training.params)
  let { readout } = training
  let host = hostOf(readout)
  let index = 0
  let isDone = false
  try {
    while (index < steps && training.signal?.aborted !== true) {
      if (how.kind === 'solved' && index % how.every === 0) {
        readout = await how.solve(state.params)
        free(host)
        host = hostOf(readout)
      }
      const [pace, at] = [scalar(rate - halvings.filter((h) => index >= h).length), scalar(index)]
      const result = run(state, host, neurons, decoders, data, pace, root, at)
      state = result.state
      host = result.host
      index += 1
      const shown = training.progress !== undefined && index % training.progress.every === 0 ? training.progress : null
      const mean = shown === null ? 0 : await result.loss.item()
      free([pace, at, result.loss])
      shown?.report(index, mean)
      if (training.signal !== undefined && index % TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0))
    }
    if (how.kind === 'solved') readout = await how.solve(state.params)
    if (how.kind === 'learned') {
      const [weight, bias] = await Promise.all([host.learned.weight, host.learned.bias].map(numbers))
      readout = { ...readout, weight: weight!, bias: bias! }
    }
    isDone = true
    return { params: state.params, readout, steps: index }
  } finally {
    const { params, ...memory } = state
    free([isDone ? [] : params, memory, host, root, decoders])
    run.dispose()
    begin.dispose()
  }
}
