import { SpikewardError, add, jit, key as keyOf, mul, online, scan, sub, tensor, treeMap, zeros } from '@spikeward/core'
import type { Backend, Key, OnlineCarry, OnlineRule, Optimizer, Tensor, Tree } from '@spikeward/core'
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.js'
import { fromHost, place, toHost } from '../checkpoint/snapshot.js'
import { defaultBackend } from '../fit/defaultBackend.js'
import { CLOCK_STATE, clock, clockCounts } from './clock.js'
import type { ClockCounts } from './clock.js'
import { DRIFT_STATE, driftTest } from './drift.js'
import { lagged, laggedState } from './lagged.js'
import { normaliser } from './normaliser.js'

/** A network for streams: one time step, as pure functions. `spikingStream` of @spikeward/operators makes one. */
export interface StreamNetwork<P extends Tree, S extends Tree> {
  init(key: Key): P
  /** The state before the first sample of `samples` streams. */
  rest(samples: number): S
  /** The next state and the prediction [samples, outputs], from inputs [samples, inputs × delays]. */
  step(params: P, state: S, x: Tensor): readonly [S, Tensor]
}

/** A sample of a stream: inputs, and the numbers to predict. A missing number is NaN. */
export interface Sample {
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** When it was taken, in any unit. All samples of a stream have one, or none has. */
  readonly time?: number
}

/** Options of {@link learner} and `learn`. */
export interface LearnOptions<P extends Tree, S extends Tree> {
  readonly network: StreamNetwork<P, S>
  /** Numbers of a sample's `x` and `y`. */
  readonly inputs: number
  readonly outputs: number
  readonly optimizer: Optimizer
  /** Samples that the targets lie ahead of the inputs. Default 0. */
  readonly horizon?: number
  /** Samples whose inputs the network gets at once, the latest first. Default 1. */
  readonly delays?: number
  /** Time between two samples that carry a `time`: those of a gap then count as missing. Default: gaps are not seen. */
  readonly interval?: number
  /** How traces assign errors to earlier samples; see `online`. Default `dRtrl`. */
  readonly rule?: OnlineRule
  /** Decay of the averages of `esDRtrl` and of the trace of `ottt`. Default 0.9. */
  readonly decay?: number
  /** Samples over which means and deviations of the stream are taken. Default 10,000. */
  readonly memory?: number
  /** Where to compute. Default: the cpu backend on one thread. */
  readonly backend?: Backend
  /** Key of the initial parameters. Default 0. */
  readonly key?: number
  /** Bytes of {@link Learner.checkpoint}, to continue from. */
  readonly from?: Uint8Array
}

/** The outcome of a sample. */
export interface LearnedSample {
  /** Number of the sample in the stream, from 0. */
  readonly index: number
  /** The numbers that were predicted, before the sample's `y` was used. */
  readonly prediction: readonly number[]
  /** The sample's own numbers. */
  readonly y: ArrayLike<number>
  /** Root mean square of prediction − y over the numbers that are there; NaN if none is. */
  readonly error: number
  /** Whether the errors have risen, by {@link driftTest}. */
  readonly drift: boolean
}

/** A learner that takes samples from a stream. */
export interface Learner {
  /** Samples of the stream so far, passed over or not. */
  readonly count: number
  /** Samples that were late, doubled, or missing, and times that the clock was set. */
  readonly clock: ClockCounts
  /**
   * Predicts each sample, then learns from it; consecutive samples in one call give the same bits as in several, and take less time. A
   * missing input is replaced by its mean; without any target the sample changes the state of the network alone.
   *
   * @returns the outcomes of those samples that were not passed over; the first `horizon` of a stream have none
   * @throws STREAM_SAMPLE if a sample has another number of values, one that is infinite, or no time where others have one; the
   *   learner stays as it was
   */
  take(samples: readonly Sample[]): Promise<LearnedSample[]>
  /** Everything that the learner is: parameters, states, traces, optimiser, means. {@link LearnOptions.from} continues from it with the same bits. */
  checkpoint(): Promise<Uint8Array>
}

const FORMAT = 'spikeward-learner'

/** Steps of one call of the program at most; drift changes the normalisation where the number of steps is a multiple of it. */
const MOST = 64

/** After drift, earlier samples have the weight of this number in means and deviations. */
const RECENT = 100

type State<P extends Tree, S extends Tree> = { params: P; optimizer: Tree; carry: OnlineCarry<S> }

/** A sample that is due: what the program gets, and what is made of its result. */
type Due = {
  readonly x: Float32Array
  readonly y: Float32Array
  readonly there: Float32Array
  /** The sample; null for one that was missing. */
  readonly sample: { readonly index: number; readonly y: ArrayLike<number> } | null
  restore(values: ArrayLike<number>): number[]
}

/**
 * Opens a learner: a network that learns forward only from a stream without end, in constant memory. Inputs and targets are standardised
 * by running means; the loss of a sample is half the squared error of the standardised prediction.
 *
 * @throws STREAM_CHECKPOINT if `from` is of another network or size; CHECKPOINT_CORRUPT
 * @example
 * const one = await learner({ network, inputs: 1, outputs: 1, optimizer: adam(1e-2) })
 * const [outcome] = await one.take([{ x: [0.3], y: [0.5] }])
 */
export async function learner<P extends Tree, S extends Tree>(options: LearnOptions<P, S>): Promise<Learner> {
  const { network, inputs, outputs, optimizer, horizon = 0, delays = 1, interval } = options
  const { rule = 'dRtrl', decay = 0.9, memory = 10_000, key = 0 } = options
  const backend = options.backend ?? (await defaultBackend())
  const stepper = online((p: P, s: S, x: Tensor) => network.step(p, s, x), { rule, decay })
  const fresh = (): State<P, S> => {
    const params = network.init(keyOf(key))
    const carry = stepper.init(params, network.rest(1), zeros([1, inputs * delays]))
    return { params, optimizer: optimizer.init(params), carry }
  }
  const advance = jit(
    (state: State<P, S>, x: Tensor, y: Tensor, there: Tensor) =>
      scan(
        ({ params, optimizer: before, carry }: State<P, S>, now: readonly [Tensor, Tensor, Tensor]) => {
          const [next, prediction, pull] = stepper.step(params, carry, now[0])
          const gradient = pull(mul(sub(prediction, now[1]), now[2]))
          const update = optimizer.update(gradient, before, params)
          const moved = treeMap((p, u) => add(p, u), params, update.updates)
          return [{ params: moved, optimizer: update.state, carry: next }, prediction] as [State<P, S>, Tensor]
        },
        state,
        [x, y, there] as const,
      ),
    { donate: [0] },
  )

  const saved = options.from === undefined ? null : decodeSafetensors(options.from, { checksum: 'required' })
  if (saved !== null && saved.metadata.get('format') !== FORMAT)
    throw new SpikewardError(
      'STREAM_CHECKPOINT',
      `these bytes are a file of format '${saved.metadata.get('format')}', not the checkpoint of a learner; give what checkpoint() returned`,
    )
  /** The numbers that the learner keeps on the host, by name. */
  const own = new Map<string, Float64Array>()
  const numbers = (name: string, length: number): Float64Array => {
    const data = Float64Array.from(saved?.tensors.get(name)?.data ?? new Float64Array(length), Number)
    if (data.length !== length)
      throw new SpikewardError(
        'STREAM_CHECKPOINT',
        `the checkpoint has ${data.length} numbers of '${name}', and this learner ${length}; use the columns, the horizon and the delays that it was made with`,
      )
    own.set(name, data)
    return data
  }
  const counts = numbers('counts', 3)
  const means = normaliser(inputs, memory, numbers('means', 3 * inputs))
  const targets = normaliser(outputs, memory, numbers('targets', 3 * outputs))
  const lags = lagged(inputs, horizon, delays, numbers('lags', laggedState(inputs, horizon, delays)))
  const time = clock(interval, horizon + delays, numbers('clock', CLOCK_STATE))
  const drifting = driftTest(memory, numbers('drift', DRIFT_STATE))
  const learned = new Map([...(saved?.tensors ?? [])].filter(([name]) => !own.has(name)))
  let state = saved === null ? await place(fresh(), backend) : fromHost(fresh(), learned, backend)
  /** Samples of the stream, steps of the network, and whether means are to forget at the next multiple of {@link MOST} steps. */
  const [COUNT, STEPS, FORGET] = [0, 1, 2] as const
  const nothing = { x: new Float64Array(inputs).fill(NaN), y: new Float64Array(outputs).fill(NaN) }

  const check = (samples: readonly Sample[]): void =>
    samples.forEach(({ x, y, time: t }, i) => {
      const isTimed = counts[COUNT]! > 0 ? time.state[0]! > 0 : samples[0]!.time !== undefined
      const faults = [...faultsOf('x', x, inputs), ...faultsOf('y', y, outputs)]
      if (isTimed && !Number.isFinite(t)) faults.push('has no finite time')
      if (!isTimed && t !== undefined) faults.push('has a time, and those before it have none')
      if (faults.length > 0)
        throw new SpikewardError(
          'STREAM_SAMPLE',
          `sample ${counts[COUNT]! + i} ${faults[0]}; leave such samples out, or give NaN for a missing number`,
        )
    })
  const due = (x: ArrayLike<number>, y: ArrayLike<number>, index: number | null): Due | null => {
    const row = lags.push(x)
    if (row === null) return null
    means.add(row)
    const found = {
      x: means.standardise(row),
      y: targets.standardise(y),
      there: Float32Array.from(y, (v) => (Number.isNaN(v) ? 0 : 1)),
      sample: index === null ? null : { index, y },
      restore: targets.restorer(),
    }
    targets.add(y)
    return found
  }
  const run = async (rows: readonly Due[]): Promise<LearnedSample[]> => {
    const operands = (['x', 'y', 'there'] as const).map((name) => {
      const width = rows[0]![name].length
      const data = new Float32Array(rows.length * width)
      rows.forEach((row, i) => data.set(row[name], i * width))
      return tensor(data, { shape: [rows.length, 1, width], backend })
    }) as [Tensor, Tensor, Tensor]
    const [next, predictions] = advance(state, ...operands)
    state = next
    const found = await predictions.data()
    ;[...operands, predictions].forEach((t) => t.dispose())
    return rows.flatMap(({ sample, restore }, i) => {
      if (sample === null) return []
      const prediction = restore(Array.from(found.subarray(i * outputs, (i + 1) * outputs), Number))
      const squares = prediction.flatMap((v, j) => (Number.isNaN(sample.y[j]!) ? [] : [(v - sample.y[j]!) ** 2]))
      const error = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length)
      const drift = drifting.add(error)
      if (drift) counts[FORGET] = 1
      return [{ ...sample, prediction, error, drift }]
    })
  }
  return {
    get count() {
      return counts[COUNT]!
    },
    get clock() {
      return clockCounts(time.state)
    },
    async take(samples) {
      check(samples)
      const outcomes: LearnedSample[] = []
      let rows: Due[] = []
      const flush = async (): Promise<void> => {
        // A program for each power of two, not for each number of samples.
        while (rows.length > 0) {
          const size = 2 ** Math.floor(Math.log2(rows.length))
          outcomes.push(...(await run(rows.slice(0, size))))
          rows = rows.slice(size)
        }
      }
      const step = async (x: ArrayLike<number>, y: ArrayLike<number>, index: number | null): Promise<void> => {
        const row = due(x, y, index)
        if (row === null) return
        rows.push(row)
        if (++counts[STEPS]! % MOST > 0) return
        await flush()
        if (counts[FORGET] === 1) [means, targets].forEach((one) => one.forget(RECENT))
        counts[FORGET] = 0
      }
      for (const { x, y, time: t } of samples) {
        const index = counts[COUNT]!++
        const missing = t === undefined ? 0 : time.place(t)
        if (missing === null) continue
        for (let i = 0; i < missing; i++) await step(nothing.x, nothing.y, null)
        await step(x, y, index)
      }
      await flush()
      return outcomes
    },
    async checkpoint() {
      const tensors = await toHost(state)
      for (const [name, data] of own) tensors.set(name, { dtype: 'f64', shape: [data.length], data: data.slice() })
      return encodeSafetensors({ tensors, metadata: new Map([['format', FORMAT]]) })
    },
  }
}

/** Faults of the numbers of a sample. */
const faultsOf = (name: 'x' | 'y', values: ArrayLike<number>, width: number): string[] =>
  values.length !== width
    ? [`has ${values.length} numbers in ${name}, and ${width} are expected`]
    : Array.from(values).some((v) => v === Infinity || v === -Infinity || typeof v !== 'number')
      ? [`has a value in ${name} that is no finite number`]
      : []
