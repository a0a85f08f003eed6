import { SpikewardError, jit, key as keyOf, scan, scope, slice, tensor, zeros } from '@spikeward/core'
import type { Backend, OnlineRule, Optimizer, Tensor, Tree } from '@spikeward/core'
import { type LearningRule, type StreamNetwork, byTraces } from './learningRule.js'
import { checkModel } from '../checkpoint/checkModel.js'
import { modelIn } from '../checkpoint/encodeCheckpoint.js'
import { type JsonRecord, fromHost, place, toHost } from '../checkpoint/snapshot.js'
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.js'
import { defaultBackend } from '../fit/fitOptions.js'
import { type ClockCounts, CLOCK_STATE, clock, clockCounts } from './clock.js'
import { DRIFT_STATE, driftTest } from './drift.js'
import { lagged, laggedState } from './lagged.js'
import { normaliser } from './normaliser.js'

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
  /** Whether the weights stay as they are: the learner predicts, and its means follow the stream. Default false. */
  readonly frozen?: boolean
  /** Samples that the targets lie ahead of the inputs. Default 0. */
  readonly horizon?: number
  /** Samples whose inputs the network gets at once, the latest first. Default 1. */
  readonly delays?: number
  /** Time between two samples that carry a `time`: those of a gap then count as missing. Default: gaps are not seen. */
  readonly interval?: number
  /** Whether a missing input keeps its last value, for inputs of several rates. Default false: it is its mean. */
  readonly hold?: boolean
  /**
   * By how much an error counts after drift, as if the rate of plain descent were raised by this factor; it falls back
   * to 1 by 1/1,000 a sample. Default 1: the rate stays.
   */
  readonly raise?: number
  /** How traces assign errors to earlier samples; see `online`. Default `ottt`, the cheapest. */
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
  /**
   * The network and the columns in JSON: stored in every checkpoint, and compared with that of `from`. Default:
   * nothing.
   */
  readonly model?: JsonRecord
  /**
   * The settings from which a program makes this learner again: stored in every checkpoint for {@link learnerSettings},
   * and not compared. Default: nothing.
   */
  readonly settings?: JsonRecord
}

/** The outcome of a sample. */
export interface LearnedSample {
  /** Number of the sample in the stream, from 0. */
  readonly index: number
  /**
   * The numbers that were predicted for this sample from the inputs `horizon` samples before it, by weights, states and
   * means as they were when those had arrived: no target after them was used, and with horizon 0 not the sample's own.
   */
  readonly prediction: readonly number[]
  /** The sample's own numbers. */
  readonly y: ArrayLike<number>
  /** Root mean square of prediction − y over the numbers that are there; NaN if none is. */
  readonly error: number
  /** Whether the errors have risen, by `driftTest`. */
  readonly drift: boolean
}

/** A learner that takes samples from a stream. */
export interface Learner {
  /** Samples of the stream so far, passed over or not. */
  readonly count: number
  /** Samples that were late, doubled, or missing, and times that the clock was set. */
  readonly clock: ClockCounts
  /**
   * Compares each sample with its prediction, learns from it, and predicts the one `horizon` later. Consecutive samples
   * in one call give the same bits as in several, and take less time. A missing input is its mean, or its last value; without
   * any target the sample changes the state of the network alone.
   *
   * @returns the outcomes of those samples that were not passed over; the first `horizon` of a stream have none
   * @throws STREAM_SAMPLE if a sample has another number of values, one that is infinite, or no time where others have
   *   one; the learner stays as it was
   */
  take(samples: readonly Sample[]): Promise<LearnedSample[]>
  /** The firing rate of each layer at the newest inputs; none if the network states none. */
  rates(): Promise<readonly number[]>
  /**
   * Everything that the learner is: parameters, states, traces, optimiser, means. {@link LearnOptions.from} continues
   * from it with the same bits.
   */
  checkpoint(): Promise<Uint8Array>
}

const FORMAT = 'spikeward-learner'

/** The most steps of one call of the program; drift changes the normalisation at multiples of it. */
const MOST = 64

/** After drift, earlier samples have the weight of this number in means and deviations. */
const RECENT = 100

/** The share of a raised rate's excess that a step leaves. */
const CALMING = 1 - 1 / 1000

/** Beyond a horizon of 1, `ahead` is the state at the newest inputs; that in `carry` awaits their targets. */
type State<P extends Tree, S extends Tree> = { params: P; carry: Tree; ahead: readonly S[] }

/**
 * Opens a learner: a network that learns forward only from a stream without end, in constant memory. Inputs and targets
 * are standardised by running means, and inputs are cut to ten deviations; the loss of a sample is half the squared
 * error of the standardised prediction, and linear beyond three deviations.
 *
 * @throws CHECKPOINT_MISMATCH if `from` is of another network, `model`, rule, decay, horizon, delays, interval or
 *   memory; STREAM_CHECKPOINT if it has other numbers of columns, or is no checkpoint of a learner; CHECKPOINT_CORRUPT
 * @example
 * const one = await learner({ network, inputs: 1, outputs: 1, optimizer: adam(1e-2) })
 * const [outcome] = await one.take([{ x: [0.3], y: [0.5] }])
 */
export async function learner<P extends Tree, S extends Tree>(options: LearnOptions<P, S>): Promise<Learner> {
  const { network, inputs, outputs, optimizer, horizon = 0, delays = 1, interval, hold = false } = options
  const { rule = 'ottt', decay = 0.9, memory = 10_000, key = 0, frozen = false, raise = 1 } = options
  const backend = options.backend ?? (await defaultBackend())
  /** A step first predicts from the sample `behind` its own, whose target is there `early` steps later. */
  const behind = Math.min(horizon, 1)
  const early = horizon - behind
  const learning: LearningRule<P, S> =
    network.learning ?? byTraces(network, optimizer, { rule, decay, frozen }, zeros([1, inputs * delays]))
  const fresh = (): State<P, S> => {
    const params = network.init(keyOf(key))
    return { params, carry: learning.init(params), ahead: early === 0 ? [] : [network.rest(1)] }
  }
  /**
   * The starts of the parts of a row: inputs to learn from (at 0), the newest inputs if others (at `wide`), targets,
   * whether each is there.
   */
  const wide = inputs * delays
  const wanted = early === 0 ? wide : 2 * wide
  const [there, width] = [wanted + outputs, wanted + 2 * outputs]
  const advance = jit(
    (state: State<P, S>, samples: Tensor) =>
      scan(
        ({ params, carry, ahead }: State<P, S>, now: Tensor) => {
          const part = (from: number, length: number): Tensor => slice(now, [0, from], [1, from + length])
          const forecasts = ahead.map((own) => network.step(params, own, part(wide, wide)))
          const [target, known] = [part(wanted, outputs), part(there, outputs)]
          const [learned, next, prediction] = learning.step(params, carry, part(0, wide), target, known)
          const after = { params: frozen ? params : learned, carry: next, ahead: forecasts.map(([one]) => one) }
          return [after, forecasts[0]?.[1] ?? prediction] as [State<P, S>, Tensor]
        },
        state,
        samples,
      ),
    { donate: [0] },
  )

  const saved = options.from === undefined ? null : decoded(options.from)
  const how = { rule, decay, memory, horizon, delays, interval: interval ?? null, ...(hold ? { hold } : {}) }
  const model: JsonRecord = { ...how, ...options.model }
  const recorded = saved?.metadata.get('model')
  if (recorded !== undefined) checkModel(model, modelIn(recorded))
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
  /** How much more than 1 an error counts. */
  const excess = numbers('excess', 1)
  const means = normaliser(inputs, memory, numbers('means', 3 * inputs))
  const targets = normaliser(outputs, memory, numbers('targets', 3 * outputs))
  const lags = lagged(inputs, delays, numbers('lags', laggedState(inputs, horizon, delays)), hold)
  const forecasts = lagged(outputs, 1, numbers('forecasts', laggedState(outputs, early, 1)))
  const time = clock(interval, horizon + delays, numbers('clock', CLOCK_STATE))
  const drifting = driftTest(memory, numbers('drift', DRIFT_STATE))
  const learned = new Map([...(saved?.tensors ?? [])].filter(([name]) => !own.has(name)))
  let state = saved === null ? await place(fresh(), backend) : fromHost(fresh(), learned, backend)
  /** Samples of the stream, steps of the network, and whether means forget at the next multiple of {@link MOST}. */
  const [COUNT, STEPS, FORGET] = [0, 1, 2] as const
  const nothing = { x: new Float64Array(inputs).fill(NaN), y: new Float64Array(outputs).fill(NaN) }

  const check = (samples: readonly Sample[]): void => {
    const isTimed = counts[COUNT]! > 0 ? time.state[0]! > 0 : samples[0]?.time !== undefined
    samples.forEach(({ x, y, time: t }, i) => {
      const fault =
        faultOf('x', x, inputs) ??
        faultOf('y', y, outputs) ??
        (isTimed && !Number.isFinite(t) ? 'has no finite time' : null) ??
        (!isTimed && t !== undefined ? 'has a time, and those before it have none' : null)
      if (fault !== null)
        throw new SpikewardError(
          'STREAM_SAMPLE',
          `sample ${counts[COUNT]! + i} ${fault}; leave such samples out, or give NaN for a missing number`,
        )
    })
  }
  const unknown = new Float64Array(wide).fill(NaN)
  /**
   * Samples that are due: rows of the program, means and deviations of the targets then, and the samples (null:
   * missing).
   */
  const dueRows = new Float32Array(MOST * width)
  const [offsets, scales] = [new Float64Array(MOST * outputs), new Float64Array(MOST * outputs)]
  const pending: ({ readonly index: number; readonly y: ArrayLike<number> } | null)[] = []
  const add = (x: ArrayLike<number>, y: ArrayLike<number>, index: number | null, keep?: boolean): boolean => {
    lags.push(x, keep)
    const now = lags.at(behind)
    if (now === null) return false
    const at = pending.push(index === null ? null : { index, y }) - 1
    const row = dueRows.subarray(at * width, (at + 1) * width)
    means.add(now)
    if (early > 0) means.standardise(now, row.subarray(wide))
    const past = lags.at(horizon)
    means.standardise(past ?? unknown, row)
    targets.standardise(y, row.subarray(wanted))
    targets.describe(offsets.subarray(at * outputs), scales.subarray(at * outputs))
    for (let i = 0; i < outputs; i++) row[there + i] = past === null || Number.isNaN(y[i]!) ? 0 : 1 + excess[0]!
    excess[0]! *= CALMING
    targets.add(y)
    return true
  }
  const run = async (from: number, size: number): Promise<Float32Array> => {
    const samples = tensor(dueRows.subarray(from * width, (from + size) * width), { shape: [size, 1, width], backend })
    const [next, predictions] = advance(state, samples)
    state = next
    const result = (await predictions.data()) as Float32Array
    for (const t of [samples, predictions]) t.dispose()
    return result
  }
  const values = new Float64Array(outputs)
  const outcomeOf = (at: number, result: Float32Array, from: number): readonly LearnedSample[] => {
    for (let i = 0; i < outputs; i++)
      values[i] = offsets[at * outputs + i]! + scales[at * outputs + i]! * result[from * outputs + i]!
    forecasts.push(values)
    const [sample, forecast] = [pending[at]!, forecasts.at(early)]
    if (sample === null || forecast === null) return []
    const prediction: number[] = []
    let [squares, counted] = [0, 0]
    for (let i = 0; i < outputs; i++) {
      prediction.push(forecast[i]!)
      if (Number.isNaN(sample.y[i]!)) continue
      squares += (forecast[i]! - sample.y[i]!) ** 2
      counted++
    }
    const error = Math.sqrt(squares / counted)
    const drift = drifting.add(error)
    if (drift) counts[FORGET] = 1
    return [{ ...sample, prediction, error, drift }]
  }
  /** Learns from the samples that are due, with a program for each power of two, not for each number of samples. */
  const flush = async (outcomes: LearnedSample[]): Promise<void> => {
    for (let from = 0; from < pending.length; ) {
      const size = 2 ** Math.floor(Math.log2(pending.length - from))
      const result = await run(from, size)
      for (let i = 0; i < size; i++) outcomes.push(...outcomeOf(from + i, result, i))
      from += size
    }
    pending.length = 0
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
      const step = async ({ x, y }: Sample, index: number | null, keep?: boolean): Promise<void> => {
        if (!add(x, y, index, keep) || ++counts[STEPS]! % MOST > 0) return
        await flush(outcomes)
        if (counts[FORGET] === 1) {
          ;[means, targets].forEach((one) => one.forget(RECENT))
          excess[0] = raise - 1
        }
        counts[FORGET] = 0
      }
      for (const sample of samples) {
        const index = counts[COUNT]!++
        const { jumps } = clockCounts(time.state)
        const missing = sample.time === undefined ? 0 : time.place(sample.time)
        if (missing === null) continue
        // No value is kept over a clock that was set.
        const keep = clockCounts(time.state).jumps > jumps ? false : undefined
        for (let i = 0; i < missing; i++) await step(nothing, null, keep)
        await step(sample, index)
      }
      await flush(outcomes)
      return outcomes
    },
    async rates() {
      const rates = scope(() => network.rates?.(state.ahead[0] ?? learning.stateOf(state.carry)) ?? [])
      const numbers = await Promise.all(rates.map((rate) => rate.item()))
      for (const rate of rates) rate.dispose()
      return numbers
    },
    async checkpoint() {
      const tensors = await toHost(state)
      for (const [name, data] of own) tensors.set(name, { dtype: 'f64', shape: [data.length], data: data.slice() })
      const metadata = new Map([
        ['format', FORMAT],
        ['model', JSON.stringify(model)],
        ...(options.settings === undefined ? [] : [['settings', JSON.stringify(options.settings)] as const]),
      ])
      return encodeSafetensors({ tensors, metadata })
    },
  }
}

function decoded(checkpoint: Uint8Array): ReturnType<typeof decodeSafetensors> {
  const saved = decodeSafetensors(checkpoint, { checksum: 'required' })
  const format = saved.metadata.get('format')
  if (format === FORMAT) return saved
  throw new SpikewardError(
    'STREAM_CHECKPOINT',
    `these bytes are a file of format '${format}', not the checkpoint of a learner; give what checkpoint() returned`,
  )
}

/**
 * The `settings` of the learner that made a checkpoint; null if it had none.
 *
 * @throws STREAM_CHECKPOINT for other bytes, CHECKPOINT_CORRUPT
 */
export function learnerSettings(checkpoint: Uint8Array): JsonRecord | null {
  const recorded = decoded(checkpoint).metadata.get('settings')
  return recorded === undefined ? null : modelIn(recorded)
}

/** The fault of the numbers of a sample; null if there is none. */
function faultOf(name: 'x' | 'y', values: ArrayLike<number>, width: number): string | null {
  if (values.length !== width) return `has ${values.length} numbers in ${name}, and ${width} are expected`
  for (let i = 0; i < width; i++)
    if (!Number.isFinite(values[i]) && !Number.isNaN(values[i]))
      return `has a value in ${name} that is no finite number`
  return null
}

/**
 * Learns from a stream while it runs: predicts each sample before it learns from it.
 *
 * @param stream samples in the order of time, or lists of samples that are there at once. The next are asked for when
 *   the last have been learned, so that a fast source waits
 * @throws STREAM_SAMPLE, STREAM_CHECKPOINT
 * @example
 * for await (const { prediction, error } of learn(sensor, { network, inputs: 3, outputs: 1, optimizer: adam(1e-3) })) show(prediction, error)
 */
export async function* learn<P extends Tree, S extends Tree>(
  stream: AsyncIterable<Sample | readonly Sample[]> | Iterable<Sample | readonly Sample[]>,
  options: LearnOptions<P, S>,
): AsyncGenerator<LearnedSample, void> {
  const one = await learner(options)
  for await (const result of stream) yield* await one.take('x' in result ? [result] : result)
}
