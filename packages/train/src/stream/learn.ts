import { SpikewardError, add, jit, key as keyOf, mul, online, sub, tensor, treeMap } from '@spikeward/core'
import type { Backend, Key, OnlineCarry, OnlineRule, Optimizer, Tensor, Tree } from '@spikeward/core'
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.js'
import { fromHost, place, toHost } from '../checkpoint/snapshot.js'
import { normaliser } from './normaliser.js'

/** A network for streams: one time step, as pure functions. `spikingStream` of @spikeward/operators makes one. */
export interface StreamNetwork<P extends Tree, S extends Tree> {
  init(key: Key): P
  /** The state before the first sample of `samples` streams. */
  rest(samples: number): S
  /** The next state and the prediction [samples, outputs], from inputs [samples, inputs]. */
  step(params: P, state: S, x: Tensor): readonly [S, Tensor]
}

/** A sample of a stream: inputs, and the numbers to predict. A missing number is NaN. */
export interface Sample {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
}

/** Options of {@link learner} and {@link learn}. */
export interface LearnOptions<P extends Tree, S extends Tree> {
  readonly network: StreamNetwork<P, S>
  /** Numbers of a sample's `x` and `y`. */
  readonly inputs: number
  readonly outputs: number
  readonly optimizer: Optimizer
  /** How traces assign errors to earlier samples; see `online`. Default `dRtrl`. */
  readonly rule?: OnlineRule
  /** Decay of the averages of `esDRtrl` and of the trace of `ottt`. Default 0.9. */
  readonly decay?: number
  /** Samples over which means and deviations of the stream are taken. Default 10,000. */
  readonly memory?: number
  /** Where to compute. Default: the reference backend. */
  readonly backend?: Backend
  /** Key of the initial parameters. Default 0. */
  readonly key?: number
  /** Bytes of {@link Learner.checkpoint}, to continue from. */
  readonly from?: Uint8Array
}

/** The outcome of a sample. */
export interface LearnedSample {
  /** Number of the sample, from 0. */
  readonly index: number
  /** The numbers that were predicted, before the sample's `y` was used. */
  readonly prediction: readonly number[]
  /** Root mean square of prediction − y over the numbers that are there; NaN if none is. */
  readonly error: number
}

/** A network that learns from a stream, one sample after the other. */
export interface Learner {
  /** Samples learned from so far. */
  readonly count: number
  /**
   * Predicts, then learns. A missing input is replaced by its mean; without any target the sample changes the state of the
   * network alone.
   *
   * @throws STREAM_SAMPLE if a sample has another number of values, or one that is infinite; the learner stays as it was
   */
  next(sample: Sample): Promise<LearnedSample>
  /** Everything that the learner is: parameters, states, traces, optimiser, means. {@link LearnOptions.from} continues from it with the same bits. */
  checkpoint(): Promise<Uint8Array>
}

const FORMAT = 'spikeward-learner'

type State<P extends Tree, S extends Tree> = { params: P; optimizer: Tree; carry: OnlineCarry<S> }

/**
 * Opens a learner: a network that learns forward only from a stream without end, in constant memory. Inputs and targets are standardised
 * by running means; the loss of a sample is half the squared error of the standardised prediction.
 *
 * @throws STREAM_CHECKPOINT if `from` is of another network or size; CHECKPOINT_CORRUPT
 * @example
 * const one = await learner({ network, inputs: 1, outputs: 1, optimizer: adam(1e-2) })
 * const { prediction, error } = await one.next({ x: [0.3], y: [0.5] })
 */
export async function learner<P extends Tree, S extends Tree>(options: LearnOptions<P, S>): Promise<Learner> {
  const {
    network,
    inputs,
    outputs,
    optimizer,
    rule = 'dRtrl',
    decay = 0.9,
    memory = 10_000,
    backend,
    key = 0,
  } = options
  const stepper = online((p: P, s: S, x: Tensor) => network.step(p, s, x), { rule, decay })
  const row = (values: ArrayLike<number>): Tensor =>
    tensor(Float32Array.from(values), { shape: [1, values.length], ...(backend === undefined ? {} : { backend }) })
  const fresh = (): State<P, S> => {
    const params = network.init(keyOf(key))
    const carry = stepper.init(params, network.rest(1), tensor(new Float32Array(inputs), { shape: [1, inputs] }))
    return { params, optimizer: optimizer.init(params), carry }
  }
  const advance = jit(
    ({ params, optimizer: before, carry }: State<P, S>, x: Tensor, y: Tensor, there: Tensor): [State<P, S>, Tensor] => {
      const [next, prediction, pull] = stepper.step(params, carry, x)
      const gradient = pull(mul(sub(prediction, y), there))
      const update = optimizer.update(gradient, before, params)
      const moved = treeMap((p, u) => add(p, u), params, update.updates)
      return [{ params: moved, optimizer: update.state, carry: next }, prediction]
    },
    { donate: [0] },
  )
  const saved = options.from === undefined ? null : decodeSafetensors(options.from, { checksum: 'required' })
  if (saved !== null && saved.metadata.get('format') !== FORMAT)
    throw new SpikewardError(
      'STREAM_CHECKPOINT',
      `these bytes are a file of format '${saved.metadata.get('format')}', not the checkpoint of a learner; give what checkpoint() returned`,
    )
  const stateOf = (name: string, width: number): Float64Array => {
    const data = saved?.tensors.get(name)?.data ?? new Float64Array(3 * width)
    if (data.length === 3 * width) return Float64Array.from(data)
    throw new SpikewardError(
      'STREAM_CHECKPOINT',
      `the checkpoint's ${name} are of ${data.length / 3} numbers, and a sample has ${width}; use the columns that it was made with`,
    )
  }
  const [means, targets] = [
    normaliser(inputs, memory, stateOf('means', inputs)),
    normaliser(outputs, memory, stateOf('targets', outputs)),
  ]
  const learned = new Map([...(saved?.tensors ?? [])].filter(([name]) => name !== 'means' && name !== 'targets'))
  let state = saved === null ? await place(fresh(), backend) : fromHost(fresh(), learned, backend)
  let count = Number(saved?.metadata.get('count') ?? 0)

  const check = (name: 'x' | 'y', values: ArrayLike<number>, width: number): void => {
    const fault =
      values.length !== width
        ? `has ${values.length} numbers in ${name}, and ${width} are expected`
        : Array.from(values).some((v) => v === Infinity || v === -Infinity || typeof v !== 'number')
          ? `has a value in ${name} that is no finite number`
          : null
    if (fault !== null)
      throw new SpikewardError(
        'STREAM_SAMPLE',
        `sample ${count} ${fault}; leave such samples out, or give NaN for a missing number`,
      )
  }
  return {
    get count() {
      return count
    },
    async next({ x, y }) {
      check('x', x, inputs)
      check('y', y, outputs)
      means.add(x)
      const there = Float32Array.from(y, (v) => (Number.isNaN(v) ? 0 : 1))
      const [next, prediction] = advance(state, row(means.standardise(x)), row(targets.standardise(y)), row(there))
      state = next
      const found = targets.restore(await prediction.data())
      prediction.dispose()
      targets.add(y)
      const squares = found.flatMap((v, i) => (there[i] === 1 ? [(v - y[i]!) ** 2] : []))
      const error = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length)
      return { index: count++, prediction: found, error }
    },
    async checkpoint() {
      const tensors = await toHost(state)
      const numbers = (data: Float64Array) => ({ dtype: 'f64', shape: [data.length], data: data.slice() }) as const
      tensors.set('means', numbers(means.state)).set('targets', numbers(targets.state))
      return encodeSafetensors({
        tensors,
        metadata: new Map([
          ['format', FORMAT],
          ['count', String(count)],
        ]),
      })
    },
  }
}

/**
 * Learns from a stream while it runs: predicts each sample before it learns from it.
 *
 * @param stream samples in the order of time; the next one is asked for when the last has been learned, so that a fast source waits
 * @throws STREAM_SAMPLE, STREAM_CHECKPOINT
 * @example
 * for await (const { prediction, error } of learn(sensor, { network, inputs: 3, outputs: 1, optimizer: adam(1e-3) })) show(prediction, error)
 */
export async function* learn<P extends Tree, S extends Tree>(
  stream: AsyncIterable<Sample> | Iterable<Sample>,
  options: LearnOptions<P, S>,
): AsyncGenerator<LearnedSample, void> {
  const one = await learner(options)
  for await (const sample of stream) yield await one.next(sample)
}
