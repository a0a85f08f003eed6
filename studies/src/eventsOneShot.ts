/** A wavelet network of graded spikes that maps permeability to pressure in one evaluation, against dense ones. */
import { div, full, jit, key as keyOf, mean, mul, reshape, sigmaDeltaForm } from '@spikeward/core'
import { slice, square, sub, sum, tensor, treeMap } from '@spikeward/core'
import type { Backend, ByLayer, Key, Tensor } from '@spikeward/core'
import { type LayerTraffic, eventWork, loihi1Network, networkEnergy } from '@spikeward/energy'
import { bp, targetRate } from '@spikeward/estimators'
import { atan, variableSpiking } from '@spikeward/neurons'
import { type WnoVariables, wno } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { darcy2d } from '@spikeward/problems'
import { rolloutError, trainStep } from '@spikeward/train'
import { operationsOf } from './fronts.js'
import { type Study, type StudyRun, columns, digits, titled } from './tools.js'

/** Points of a side; functions to train on, to choose by, and to report; averages of the wavelets along an axis. */
const [SIDE, SIZES, AVERAGES] = [29, { train: 600, validation: 40, test: 60 }, 4]
/** Wavelet layers, and neurons behind the last one. */
const [LAYERS, PROJECTION] = [3, 16]
/** Errors whose ratio is at most the first are equal; the second is allowed on validation functions. */
const [EQUAL, WITHIN] = [1.02, 1.01]
const TRAINING = { steps: 1000, batch: 8, rate: 5e-3 }
/** Channels of the dense and of the graded networks. */
const CHANNELS = [8, 16]
/** The share of its units that a layer should let send, and the weight of the distance from it. */
const [RATE, WEIGHT] = [0.08, 0.1]

type Trained = WnoVariables['trained']
type Data = { readonly a: Tensor; readonly u: Tensor }

/** A network of some channels, from a permeability of ±1 to fields. */
function networkOf(channels: number, graded: boolean, backend: Backend) {
  const neuron = variableSpiking({ beta: 1, threshold: 0.05, learn: ['threshold'] })
  const units = graded ? { neuron, surrogate: atan(), time: 1 } : undefined
  const options = { grid: [SIDE, SIDE], wavelet: 'haar', averages: AVERAGES, layers: LAYERS } as const
  const network = wno({ ...options, channels, projection: PROJECTION, ...(units === undefined ? {} : { units }) })
  const { trained, fixed } = network.init(keyOf(channels, { backend }))
  // 0 on the border, as the pressure is: 16 x(1 − x) y(1 − y).
  const bump = Float32Array.from({ length: SIDE }, (_, i) => (4 * i * (SIDE - 1 - i)) / (SIDE - 1) ** 2)
  const [alongX, alongY] = [tensor(bump, { shape: [SIDE, 1], backend }), tensor(bump, { shape: [SIDE], backend })]
  const apply = (p: Trained, a: Tensor): Tensor => mul(mul(network.encode({ trained: p, fixed }, a), alongX), alongY)
  return { channels, graded, trained, apply }
}
type Sized = ReturnType<typeof networkOf>

const errorOf = (field: Tensor, u: Tensor): Tensor =>
  rolloutError(reshape(field, [1, ...u.shape]), reshape(u, [1, ...u.shape]))

async function train(
  { trained, apply, graded }: Sized,
  { a, u }: Data,
  { steps, batch, rate }: typeof TRAINING,
  key: Key,
  backend: Backend,
): Promise<Trained> {
  const loss = (p: Trained, d: Data): Tensor =>
    mean(div(sum(square(sub(apply(p, d.a), d.u)), [1, 2]), sum(square(d.u), [1, 2])))
  const estimator = graded ? targetRate(bp(), RATE, { weight: WEIGHT }) : bp()
  const { init, step } = trainStep(loss, estimator, adam(cosineDecay({ initial: rate, steps })))
  const advance = jit(step, { donate: [0] })
  const [inputs, outputs] = [Float32Array.from(await a.data(), Number), Float32Array.from(await u.data(), Number)]
  const [count, size] = [a.shape[0]!, SIDE * SIDE]
  const rows = (values: ArrayLike<number>, from: number, shape: readonly number[]): Tensor =>
    tensor(
      Float32Array.from(
        { length: batch * size },
        (_, i) => values[((from + Math.floor(i / size)) % count) * size + (i % size)]!,
      ),
      { shape: [batch, ...shape], backend },
    )
  let state = init(treeMap<Trained>((t) => mul(t, 1), trained))
  for (let i = 0; i < steps; i++) {
    const d = {
      a: rows(inputs, i * batch, [size]),
      u: rows(outputs, i * batch, [SIDE, SIDE]),
    }
    state = advance(state, d, key)
    d.a.dispose()
    d.u.dispose()
  }
  return state.trained
}

/** Inputs that each layer was sent, from a field of messages at its inputs, for one function. */
type Sent = { readonly grid: readonly number[]; readonly project: number; readonly out: number; readonly lift: number }

const [POINTS, COEFFICIENTS] = [SIDE * SIDE, (2 * AVERAGES) ** 2]

/**
 * The traffic of one evaluation. A value of a hidden field is read by the matrix at its point and, of Haar's wavelets,
 * by an average and a detail of the coarsest level along each axis; all coefficients change, so they are mixed and
 * transformed back densely in both forms. Coordinates are constant, and part of the biases.
 */
function trafficOf(w: number, sent?: Sent): LayerTraffic[] {
  const layer = (inputs: number, fanOut: number, outputs: number, messages = inputs): LayerTraffic => ({
    ...{ inputs, outputs, weights: (inputs * fanOut) / POINTS, messages, operations: messages * fanOut },
  })
  const wavelets = Array.from({ length: LAYERS }, (_, l) => [
    layer(POINTS * w, w + 4, POINTS * w, sent?.grid[l]),
    layer(COEFFICIENTS * w, w, COEFFICIENTS * w),
    layer(COEFFICIENTS * w, (4 * POINTS) / COEFFICIENTS, POINTS * w),
  ])
  return [
    layer(POINTS, w, POINTS * w, sent?.lift),
    ...wavelets.flat(),
    layer(POINTS * w, PROJECTION, POINTS * PROJECTION, sent?.project),
    layer(POINTS * PROJECTION, 1, POINTS, sent?.out),
  ]
}

const energyOf = (layers: readonly LayerTraffic[]): number =>
  networkEnergy(eventWork(layers, { evaluations: 1, conversions: 2 * POINTS }), loihi1Network) / 1000

/** Thresholds of the senders: of the input, of each hidden field, and of the two layers behind them. */
type Thresholds = readonly number[]

/** A network event by event: layers hold what a constant permeability gives them, and receive the changes from it. */
function eventForm({ apply, channels }: Sized) {
  const form = sigmaDeltaForm(apply)
  const senderOf = (id: string): number => {
    const [, l] = /^layers\.(\d+)/.exec(id) ?? []
    return l === undefined ? ['lift', 'project', 'out'].findIndex((name) => id.startsWith(name)) : 3 + Number(l)
  }
  const run = jit((p: Trained, thresholds: Tensor, { a, u }: Data) => {
    const memories = form.init(p, full(a.shape, 1))
    const own = Object.entries(form.thresholds(memories, 1)).map(([id, ones]) => {
      const i = senderOf(id)
      return [id, mul(ones, slice(thresholds, [i], [i + 1]))] as const
    })
    const { result, sends } = form.step(Object.fromEntries(own), memories, p, a)
    return { error: errorOf(result, u), sent: treeMap<ByLayer>((s) => div(sum(s), a.shape[0]!), sends) }
  })
  return async (p: Trained, thresholds: Thresholds, data: Data) => {
    const { error, sent } = run(p, tensor([...thresholds]), data)
    const counts = new Map(
      await Promise.all(Object.entries(sent).map(async ([id, n]) => [senderOf(id), await n.item()] as const)),
    )
    const of = (sender: number): number => counts.get(sender)!
    const grid = Array.from({ length: LAYERS }, (_, l) => of(3 + l))
    const traffic = trafficOf(channels, { lift: of(0), project: of(1), out: of(2), grid })
    const messages = traffic.reduce((n, l) => n + l.messages, 0)
    return { error: await error.item(), operations: operationsOf(traffic), energy: energyOf(traffic), messages, grid }
  }
}

/** The largest thresholds in steps of a factor, one sender after another, within an error. */
async function tuned(run: ReturnType<typeof eventForm>, p: Trained, data: Data, bound: number): Promise<Thresholds> {
  let best: Thresholds = Array.from({ length: 3 + LAYERS }, () => 1e-6)
  let least = await run(p, best, data)
  for (let common = 1e-3; least.error <= bound; common *= 1.5) {
    const trial = best.map(() => common)
    const measured = await run(p, trial, data)
    if (measured.error > bound) break
    ;[best, least] = [trial, measured]
  }
  for (const factor of [2, 2, 1.4, 1.2])
    for (const i of best.keys()) {
      const trial = best.map((t, j) => (i === j ? t * factor : t))
      const measured = await run(p, trial, data)
      if (measured.error <= bound && measured.operations < least.operations) [best, least] = [trial, measured]
    }
  return best
}

async function rowsOf(key: number, quick: boolean, { backend, log }: StudyRun) {
  const problem = darcy2d({ key, ...SIZES })
  const setOf = async (split: 'train' | 'validation' | 'test'): Promise<Data> => {
    const { count, sensors, values } = await problem.data(split)
    const of = (numbers: Float64Array, shape: readonly number[], scale: number, shift: number): Tensor =>
      tensor(
        Float32Array.from(numbers, (v) => (v - shift) / scale),
        { shape: [count, ...shape], backend },
      )
    return { a: of(sensors, [POINTS], 4.5, 7.5), u: of(values, [SIDE, SIDE], 0.01, 0) }
  }
  const [training, validation, test] = [await setOf('train'), await setOf('validation'), await setOf('test')]
  const trainings = quick ? { ...TRAINING, steps: 20 } : TRAINING
  const measured = async (network: Sized) => {
    const p = await train(network, training, trainings, keyOf(key, { backend }), backend)
    const densely = jit((q: Trained, d: Data) => errorOf(network.apply(q, d.a), d.u))
    const [own, other] = [await densely(p, validation).item(), await densely(p, test).item()]
    log(`${network.graded ? 'graded' : 'dense'}, ${network.channels} channels: ${own}, ${other}`)
    return { network, p, validation: own, test: other, traffic: trafficOf(network.channels) }
  }
  const rivals = []
  for (const channels of quick ? [8] : CHANNELS) rivals.push(await measured(networkOf(channels, false, backend)))
  const least = Math.min(...rivals.map((r) => r.validation))
  const equal = rivals.filter((r) => r.validation <= EQUAL * least)
  const rival = equal.reduce((a, b) => (operationsOf(b.traffic) < operationsOf(a.traffic) ? b : a))
  const [operations, energy] = [operationsOf(rival.traffic), energyOf(rival.traffic)]
  const rows = []
  for (const { channels } of rivals.map(({ network }) => network)) {
    const graded = await measured(networkOf(channels, true, backend))
    const run = eventForm(graded.network)
    const thresholds = await tuned(run, graded.p, validation, WITHIN * rival.validation)
    const events = await run(graded.p, thresholds, test)
    rows.push({
      ...{ key, channels, thresholds, events, rival: { channels: rival.network.channels, error: rival.test } },
      sent: events.messages / graded.traffic.reduce((n, l) => n + l.messages, 0),
      ...{ errorRatio: events.error / rival.test, operationsRatio: events.operations / operations },
      ...{ energyRatio: events.energy / energy, ofOwnDense: events.operations / operationsOf(graded.traffic) },
    })
    log(JSON.stringify(rows.at(-1)))
  }
  return {
    rows,
    dense: rivals.map(({ network, validation: v, test: t }) => ({
      channels: network.channels,
      validation: v,
      test: t,
    })),
  }
}

type OfKey = Awaited<ReturnType<typeof rowsOf>>
interface OneShotResult {
  readonly rows: OfKey['rows']
  readonly dense: readonly (OfKey['dense'][number] & { readonly key: number })[]
}

/**
 * Darcy flow in one evaluation, five pairs of keys: a wavelet network of graded spikes with a penalty on their rate,
 * event by event from the values for a constant permeability, against the dense wavelet network of the fewest
 * operations within 2 % of the least validation error. Thresholds are chosen on validation functions.
 */
export const eventsOneShot: Study<OneShotResult> = {
  name: 'events-one-shot',
  summary: 'a wavelet network of graded spikes on Darcy flow, event by event, against dense ones of equal error',
  async run(options) {
    const rows: OfKey['rows'] = []
    const dense: OneShotResult['dense'][number][] = []
    for (const key of options.quick ? [1] : [1, 2, 3, 4, 5]) {
      const own = await options.part(`Darcy ${key}`, () => rowsOf(key, options.quick, options))
      rows.push(...own.rows)
      dense.push(...own.dense.map((d) => ({ key, ...d })))
    }
    return { rows, dense }
  },
  table: ({ rows }) =>
    titled(
      'Darcy flow in one evaluation, on the same neuromorphic chip',
      columns(rows, {
        keys: (r) => String(r.key),
        'dense rival': (r) => `${r.rival.channels} channels`,
        'its error': (r) => digits(r.rival.error),
        graded: (r) => `${r.channels} channels`,
        'inputs sent': (r) => `${(100 * r.sent).toFixed(0)} %`,
        error: (r) => r.errorRatio.toFixed(2),
        operations: (r) => r.operationsRatio.toFixed(2),
        'of its own dense form': (r) => r.ofOwnDense.toFixed(2),
        energy: (r) => r.energyRatio.toFixed(2),
      }),
      `Error, operations and energy of the event form ÷ those of the rival, on test functions. Prices: ${loihi1Network.source}.`,
    ),
}
