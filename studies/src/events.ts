import {
  SpikewardError,
  jit,
  key as keyOf,
  mean,
  reshape,
  slice,
  square,
  stack,
  sub,
  tensor,
  uniform,
} from '@spikeward/core'
import type { Backend, Key, Tensor } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { adam, cosineDecay } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
import { markdownTable } from 'markdown-table'
import { CELLS, END, FRAME, FRAMES, fronts, trajectories } from './events/fronts.js'
import type { Front, Trajectories } from './events/fronts.js'
import { costOf, errorOf, eventRollout, initialParams, rollout } from './events/stepper.js'
import type { Measured, Params, Stepper, Thresholds } from './events/stepper.js'
import type { Study, StudyRun } from './study.js'

/** Steps of a network that one gradient passes through. */
const UNROLLED = 4
const BATCH = 16
/** Errors whose ratio is at most this are equal. */
const EQUAL = 1.03
/** The part of it that thresholds may use on the validation functions. */
const WITHIN = 1.01

/** Windows of UNROLLED steps, [batch, 1 + UNROLLED, cells], at functions and times given as two numbers in [0, 1) each. */
function windows(data: Trajectories, { stride }: Stepper, at: ArrayLike<number>): Float32Array {
  const batch = new Float32Array(BATCH * (UNROLLED + 1) * CELLS)
  for (let b = 0; b < BATCH; b++) {
    const f = Math.floor(at[2 * b]! * data.count)
    const t = Math.floor(at[2 * b + 1]! * (FRAMES - UNROLLED * stride))
    for (let j = 0; j <= UNROLLED; j++) {
      const from = (f * FRAMES + t + j * stride) * CELLS
      batch.set(data.values.subarray(from, from + CELLS), (b * (UNROLLED + 1) + j) * CELLS)
    }
  }
  return batch
}

/** Trains a stepper as usual: densely, by reverse mode through UNROLLED steps. */
async function train(stepper: Stepper, data: Trajectories, steps: number, key: Key, backend: Backend): Promise<Params> {
  const loss = (p: Params, batch: Tensor): Tensor => {
    const at = (t: number): Tensor => reshape(slice(batch, [0, t, 0], [BATCH, t + 1, CELLS]), [BATCH, CELLS, 1])
    const targets = stack(Array.from({ length: UNROLLED }, (_, t) => at(t + 1)))
    return mean(square(sub(rollout(p, at(0), UNROLLED), targets)))
  }
  const [initKey, drawKey] = key.split(2) as [Key, Key]
  const { init, step } = trainStep(loss, bp(), adam(cosineDecay({ initial: 3e-3, steps })))
  const advanceState = jit(step, { donate: [0] })
  const positions = await uniform(drawKey, [steps, 2 * BATCH]).data()
  let state = init(initialParams(stepper, initKey))
  for (let i = 0; i < steps; i++) {
    const batch = windows(data, stepper, positions.subarray(2 * BATCH * i, 2 * BATCH * (i + 1)))
    state = advanceState(state, tensor(batch, { shape: [BATCH, UNROLLED + 1, CELLS], backend }), key)
  }
  return state.trained
}

/** A trained stepper, ready to be measured. */
interface Trained {
  readonly stepper: Stepper
  dense(data: Trajectories): Promise<Measured>
  events(data: Trajectories, thresholds: Thresholds): Promise<Measured>
}

function measured(stepper: Stepper, params: Params, backend: Backend): Trained {
  const { width, stride } = stepper
  const steps = Math.round(END / (stride * FRAME))
  const densely = jit((p: Params, u: Tensor) => rollout(p, u, steps))
  const start = ({ count, values }: Trajectories): Tensor => {
    const first = Float32Array.from(
      { length: count * CELLS },
      (_, i) => values[Math.floor(i / CELLS) * FRAMES * CELLS + (i % CELLS)]!,
    )
    return tensor(first, { shape: [count, CELLS, 1], backend })
  }
  return {
    stepper,
    async dense(data) {
      const fields = await densely(params, start(data)).data()
      const units = CELLS * steps
      return { error: errorOf(fields, data, stride), ...costOf(stepper, [units, units * width, units * width]) }
    },
    async events(data, thresholds) {
      const [fields, sent] = jit((p: Params, u: Tensor) => eventRollout(p, u, steps, thresholds))(params, start(data))
      const [a = 0, b = 0, c = 0] = Array.from(await sent.data(), (n) => Number(n) / data.count)
      return { error: errorOf(await fields.data(), data, stride), ...costOf(stepper, [a, b, c]) }
    },
  }
}

/** Thresholds of the fewest operations whose error on the validation functions is at most `bound`, found layer by layer. */
async function thresholdsWithin(net: Trained, data: Trajectories, bound: number): Promise<Thresholds | null> {
  let best: Thresholds | null = null
  const accepted = async (t: Thresholds): Promise<boolean> => (await net.events(data, t)).error <= bound
  for (const theta of [1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 5e-3])
    if (await accepted([theta, theta, theta])) best = [theta, theta, theta]
  if (best === null) return null
  for (const factor of [2, 1.3]) {
    for (let moved = true; moved; ) {
      moved = false
      for (const l of [0, 1, 2]) {
        const tried = best.map((theta, i) => (i === l ? theta * factor : theta)) as unknown as Thresholds
        if (!(await accepted(tried))) continue
        best = tried
        moved = true
      }
    }
  }
  return best
}

/** One row: a task with one pair of data and network keys. */
export interface EventsRow {
  readonly name: string
  readonly key: number
  /** Test error of the event-driven network ÷ that of its rival. */
  readonly errorRatio: number
  /** Synaptic operations per unit of simulated time, divided in the same way. */
  readonly operationsRatio: number
  /** Energy on the same chip, divided in the same way. */
  readonly energyRatio: number
  readonly error: number
  readonly operations: number
  readonly thresholds: Thresholds
  readonly network: Stepper
  /** The dense network of the fewest operations whose validation error is equal. */
  readonly rival: Stepper & Measured
}

/** Every dense network that was tried, with its errors on the validation functions. */
type Trial = Stepper & Measured & { readonly name: string; readonly key: number }

async function study(
  front: Front,
  key: number,
  { quick, backend, log }: StudyRun,
): Promise<{ row: EventsRow; trials: Trial[] }> {
  const keys = keyOf(key).split(3)
  const [training, validation, test] = await Promise.all([
    trajectories(front, keys[0]!, quick ? 64 : 256),
    trajectories(front, keys[1]!, 32),
    trajectories(front, keys[2]!, 64),
  ])
  const sizes = quick ? [4, 8] : [4, 6, 8, 12, 16]
  const steppers = sizes.flatMap((width) => [1, 2, 4].map((stride): Stepper => ({ width, stride })))
  const nets: { readonly net: Trained; readonly dense: Measured }[] = []
  for (const stepper of steppers) {
    // Another initial network for each stepper and each key.
    const networkKey = keyOf(key, { backend }).fold(100 * stepper.width + stepper.stride)
    const params = await train(stepper, training, quick ? 2000 : 6000, networkKey, backend)
    const net = measured(stepper, params, backend)
    const dense = await net.dense(validation)
    log(
      `${front.name} ${key}: ${stepper.width} channels, step ${stepper.stride * FRAME}: ${dense.error.toFixed(4)}, ${dense.operations.toExponential(2)} operations`,
    )
    nets.push({ net, dense })
  }
  const least = Math.min(...nets.map(({ dense }) => dense.error))
  const rival = nets
    .filter(({ dense }) => dense.error <= EQUAL * least)
    .reduce((a, b) => (b.dense.operations < a.dense.operations ? b : a))
  let chosen: { net: Trained; thresholds: Thresholds; operations: number } | null = null
  for (const { net, dense } of nets) {
    if (dense.error > rival.dense.error * EQUAL) continue
    // Most of EQUAL is left to the difference between validation and test functions.
    const thresholds = await thresholdsWithin(net, validation, WITHIN * Math.max(dense.error, rival.dense.error))
    if (thresholds === null) continue
    const { operations } = await net.events(validation, thresholds)
    if (chosen === null || operations < chosen.operations) chosen = { net, thresholds, operations }
  }
  if (chosen === null)
    throw new SpikewardError(
      'STUDY_FAILED',
      `events: no thresholds keep the error of ${front.name} within ${EQUAL} of the dense network; train it for longer`,
    )
  const found = await chosen.net.events(test, chosen.thresholds)
  const against = await rival.net.dense(test)
  const row = {
    name: front.name,
    key,
    errorRatio: found.error / against.error,
    operationsRatio: found.operations / against.operations,
    energyRatio: found.energy / against.energy,
    error: found.error,
    operations: found.operations,
    thresholds: chosen.thresholds,
    network: chosen.net.stepper,
    rival: { ...rival.net.stepper, ...against },
  }
  const trials = nets.map(({ net, dense }) => ({ name: front.name, key, ...net.stepper, ...dense }))
  return { row, trials }
}

/** The rows of all tasks and key pairs, their medians by task, and all dense networks that were tried. */
export interface EventsResult {
  readonly tasks: readonly Pick<EventsRow, 'name' | 'errorRatio' | 'operationsRatio' | 'energyRatio'>[]
  readonly rows: readonly EventsRow[]
  readonly trials: readonly Trial[]
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/**
 * Operations and energy of event-driven time-steppers of fronts in one dimension, against the cheapest dense one of equal
 * error. A convolutional network is trained densely; its units then send their changes above thresholds that are chosen
 * on validation functions. Rivals are dense networks of other widths and time steps, which are evaluated less often and
 * held. Prices are those of Loihi 1 for both forms: a synaptic operation, an active and a silent update of a unit. They
 * are published for binary spikes; the payload of a message is assumed to cost the same.
 */
export const events: Study<EventsResult> = {
  name: 'events',
  summary: 'event-driven time-steppers of fronts against dense ones of equal error',
  async run(options) {
    const rows: EventsRow[] = []
    const trials: Trial[] = []
    for (const front of fronts)
      for (const key of options.quick ? [1] : [1, 2, 3, 4, 5]) {
        const found = await study(front, key, options)
        rows.push(found.row)
        trials.push(...found.trials)
      }
    const tasks = fronts.map(({ name }) => {
      const of = rows.filter((row) => row.name === name)
      const middle = (field: 'errorRatio' | 'operationsRatio' | 'energyRatio') => median(of.map((row) => row[field]))
      return {
        name,
        errorRatio: middle('errorRatio'),
        operationsRatio: middle('operationsRatio'),
        energyRatio: middle('energyRatio'),
      }
    })
    return { tasks, rows, trials }
  },
  table: ({ rows }) =>
    markdownTable([
      ['task', 'keys', 'rival: channels, step', 'its error', 'events: channels, step', 'error', 'operations', 'energy'],
      ...rows.map((row) => [
        row.name,
        String(row.key),
        `${row.rival.width}, ${row.rival.stride * FRAME}`,
        row.rival.error.toFixed(4),
        `${row.network.width}, ${row.network.stride * FRAME}`,
        `${row.errorRatio.toFixed(2)} of it`,
        row.operationsRatio.toFixed(2),
        row.energyRatio.toFixed(2),
      ]),
    ]),
}
