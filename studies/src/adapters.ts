/**
 * Adaptation through the loss alone: a few numbers on a trained network follow a change of the heated rod, by random
 * directions.
 */
import {
  add,
  jit,
  key as keyOf,
  matmul,
  mul,
  normal,
  outer,
  randint,
  reshape,
  scan,
  slice,
  square,
  sub,
  sum,
  take,
  tensor,
  zeros,
} from '@spikeward/core'
import type { Backend, Estimator, Key, Tensor, Tree } from '@spikeward/core'
import { bp, randomSign, rfg, spsa } from '@spikeward/estimators'
import { searchRate, heatTwin } from '@spikeward/experiment'
import type { SpikingStreamParams } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { heatedStream, rod } from '@spikeward/problems'
import { sampleMean, trainStep } from '@spikeward/train'
import type { StepLoss } from '@spikeward/train'
import type { Study } from './tools.js'
import { digits, meanSpread, titled } from './tools.js'

export const { network, outputs: OUTPUTS, delays: DELAYS = 1, inputs } = heatTwin(rod, [64])
const INPUTS = DELAYS * inputs
/** Steps of a window, of which the first only set the state, windows of a step, and forward passes of an adaptation. */
const [STEPS, WARM, BATCH, PASSES] = [24, 8, 16, 5000]
/** The sensor that fails. */
const FAILED = 2

/**
 * Numbers that adapt a network: y ← (1 + g) ∘ y + c + (x a) b, a gain and an offset of each output, and a map of rank
 * one beside it. 50 in all.
 */
export type Adapter = { readonly gain: Tensor; readonly offset: Tensor; readonly from: Tensor; readonly to: Tensor }

const NUMBERS = 3 * OUTPUTS + INPUTS

/** An adapter that changes nothing: the map of rank one begins at 0 in one factor. */
export const identity = (key: Key): Adapter => ({
  ...{ gain: zeros([OUTPUTS]), offset: zeros([OUTPUTS]), to: zeros([OUTPUTS]) },
  from: mul(normal(key, [INPUTS]), 1 / Math.sqrt(INPUTS)),
})

/**
 * Rows of a rod, standardised: inputs [samples, INPUTS], 0 where a sensor has failed; targets and what is there of them
 * [samples, OUTPUTS].
 */
export type Rows = { readonly x: Tensor; readonly y: Tensor; readonly there: Tensor }

export async function rowsOf(samples: number, key: number, failed: readonly number[], backend: Backend): Promise<Rows> {
  // About the means and the deviation of the rod before the change.
  const [means, scale] = [[0.35, 0.75, 0.85, 0.75, 0.8, 0.4, 1, 1], 0.3]
  const rows: number[][] = []
  for await (const { readings, plan } of heatedStream(rod, keyOf(key), () => ({
    diffusivity: rod.diffusivity[0],
    failed,
  })))
    if (
      rows.push([...readings, ...plan].map((v, i) => (Number.isNaN(v) ? 0 : (v - means[i]!) / scale))) ===
      samples + rod.horizon + DELAYS
    )
      break
  const f32 = (width: number, of: (t: number) => readonly number[]): Tensor =>
    tensor(Float32Array.from(Array.from({ length: samples }, (_, t) => of(t + DELAYS - 1)).flat()), {
      shape: [samples, width],
      backend,
    })
  return {
    x: f32(INPUTS, (t) => Array.from({ length: DELAYS }, (_, d) => rows[t - d]!).flat()),
    y: f32(OUTPUTS, (t) => rows[t + rod.horizon]!.slice(0, OUTPUTS)),
    there: f32(OUTPUTS, () => Array.from({ length: OUTPUTS }, (_, s) => (failed.includes(s) ? 0 : 1))),
  }
}

/** Windows [STEPS, count, width] that begin at some rows. */
const windowsAt = (rows: Tensor, begins: Tensor): Tensor => {
  const count = begins.shape[0]!
  const at = reshape(
    add(reshape(begins, [1, count]), reshape(tensor(Int32Array.from({ length: STEPS }, (_, i) => i)), [STEPS, 1])),
    [STEPS * count],
  )
  return reshape(take(rows, at), [STEPS, count, rows.shape[1]!])
}

export const windowsOf = ({ x, y, there }: Rows, begins: Tensor): Rows => ({
  ...{ x: windowsAt(x, begins), y: windowsAt(y, begins), there: windowsAt(there, begins) },
})

/** Forecasts of the last steps of windows [STEPS, count, INPUTS]. */
export function forecast(params: SpikingStreamParams, adapter: Adapter | null, x: Tensor): Tensor {
  const [, y] = scan(
    (state: ReturnType<typeof network.rest>, now: Tensor) => {
      const [next, plain] = network.step(params, state, now)
      if (adapter === null) return [next, plain] as [typeof next, Tensor]
      const { gain, offset, from, to } = adapter
      const beside = outer(reshape(matmul(now, reshape(from, [INPUTS, 1])), [now.shape[0]!]), to)
      return [next, add(add(mul(plain, add(gain, 1)), offset), beside)] as [typeof next, Tensor]
    },
    network.rest(x.shape[1]!),
    x,
  )
  return slice(y, [WARM, 0, 0], [STEPS, x.shape[1]!, OUTPUTS])
}

/** Squared errors and squares of the targets, summed over what is there of the last steps. */
function squares(
  params: SpikingStreamParams,
  adapter: Adapter | null,
  { x, y, there }: Rows,
): readonly [Tensor, Tensor] {
  const last = (t: Tensor): Tensor => slice(t, [WARM, 0, 0], [STEPS, x.shape[1]!, OUTPUTS])
  const off = mul(sub(forecast(params, adapter, x), last(y)), last(there))
  return [sum(square(off)), sum(square(mul(last(y), last(there))))]
}

type Task<P extends Tree> = { readonly rows: Rows; readonly init: P; squares(p: P, w: Rows): readonly [Tensor, Tensor] }

/** Trains on random windows until `passes` forward passes; the error is ‖ŷ − y‖ ÷ ‖y‖ on windows of later rows. */
async function trained<P extends Tree>(
  { rows, init, squares: of }: Task<P>,
  estimator: Estimator,
  passes: number,
  rate: number,
  key: number,
  split: 'validation' | 'test',
  backend: Backend,
): Promise<{ readonly params: P; readonly error: number; readonly steps: number }> {
  const count = rows.x.shape[0]!
  /** The first three fifths train, a fifth validates, and a fifth tests. */
  const trains = Math.floor(0.6 * count) - STEPS
  const loss: StepLoss<P, Rows> = (p, data, k) =>
    mul(of(p, windowsOf(data, randint(k, [BATCH], trains)))[0], 1 / (BATCH * (STEPS - WARM) * OUTPUTS))
  const root = keyOf(key, { backend })
  const measure = jit((p: P, data: Rows, begins: Tensor) => of(p, windowsOf(data, begins)))
  const errorOf = async (p: P): Promise<number> => {
    const from = Math.floor((split === 'validation' ? 0.6 : 0.8) * count)
    const begins = tensor(
      Int32Array.from({ length: Math.floor((0.2 * count) / STEPS) }, (_, i) => from + i * STEPS),
      { backend },
    )
    const [off, size] = measure(p, rows, begins)
    return Math.sqrt((await off.item()) / (await size.item()))
  }
  if (passes === 0) return { params: init, error: await errorOf(init), steps: 0 }
  const after = async (steps: number) => {
    const { init: begin, step } = trainStep(loss, estimator, adam(cosineDecay({ initial: rate, steps })))
    const run = jit(step)
    let state = begin(init)
    for (let i = 0; i < steps; i++) state = run(state, rows, root)
    const cost = await state.forwardEquivalents.item()
    run.dispose()
    return { state, cost }
  }
  const steps = Math.floor(passes / (await after(1)).cost)
  const { state } = await after(steps)
  const error = await errorOf(state.trained)
  measure.dispose()
  return { params: state.trained, error, steps }
}

const METHODS: Readonly<Record<string, () => Estimator>> = {
  bp: () => bp(),
  rfg: () => rfg(),
  spsa: () => spsa(),
  'randomSign(rfg)': () => randomSign(rfg()),
  'randomSign(spsa)': () => randomSign(spsa()),
}

/** A way to adapt: errors of the forecasts of five sensors by key. */
export interface AdapterRow {
  readonly name: string
  readonly rate: number | null
  readonly steps: number
  readonly errors: readonly number[]
}

/** Adapters of the twin. */
export const adapters: Study<{ readonly passes: number; readonly rows: readonly AdapterRow[] }> = {
  name: 'adapters',
  summary:
    'fifty numbers on a trained network follow a failed sensor of the heated rod, by the value of the loss alone',
  async run({ quick, backend, log }) {
    const keys = quick ? [1, 2] : [1, 2, 3, 4, 5]
    const samples = quick ? 1500 : 4000
    const rates = quick ? 3 : 7
    const whole: Task<SpikingStreamParams> = {
      rows: await rowsOf(samples, 100, [], backend),
      init: network.init(keyOf(0, { backend })),
      squares: (p, w) => squares(p, null, w),
    }
    const { params, error } = await trained(whole, bp(), quick ? 3000 : 9000, 1e-2, 0, 'test', backend)
    log(`the network before the change: ${error.toFixed(4)}`)
    const rows = await rowsOf(samples, 101, [FAILED], backend)
    const taskOf = (key: number): Task<Adapter> => ({
      ...{ rows, init: identity(keyOf(key, { backend })) },
      squares: (adapter, w) => squares(params, adapter, w),
    })
    const none = await trained(taskOf(0), bp(), 0, 0, 0, 'test', backend)
    const fresh = await trained({ ...whole, rows }, bp(), quick ? 3000 : 9000, 1e-2, 0, 'test', backend)
    const table: AdapterRow[] = [
      { name: 'before the change', rate: null, steps: 0, errors: [error] },
      { name: 'after it, without adaptation', rate: null, steps: 0, errors: [none.error] },
      { name: 'all weights anew by bp', rate: 1e-2, steps: fresh.steps, errors: [fresh.error] },
    ]
    for (const [name, make] of Object.entries(METHODS)) {
      const at = (rate: number, key: number, split: 'validation' | 'test') =>
        trained(taskOf(key), make(), PASSES, rate, key, split, backend)
      const { learningRate: rate } = await searchRate(3e-3, rates, async (tried) => {
        const one = await at(tried, 50, 'validation')
        return { validation: Number.isFinite(one.error) ? one.error : null, steps: one.steps, seconds: 0 }
      })
      const tests: Awaited<ReturnType<typeof at>>[] = []
      for (const key of keys) tests.push(await at(rate, key, 'test'))
      table.push({ name, rate, steps: tests[0]!.steps, errors: tests.map((one) => one.error) })
      log(`${name}, rate ${rate}: ${meanSpread(table.at(-1)!.errors)}`)
    }
    return { passes: PASSES, rows: table }
  },
  table: ({ passes, rows }) => {
    const reference = sampleMean(rows.find(({ name }) => name === 'bp')!.errors)
    return titled(
      `Adapters of ${NUMBERS} numbers on the twin with a failed sensor, ${passes} forward passes; relative L2 of the five others`,
      [
        ['estimator', 'steps', 'rate', 'error', '÷ bp'],
        ...rows.map(({ name, steps, rate, errors }) => [
          ...[name, String(steps), rate === null ? '–' : String(rate), meanSpread(errors)],
          digits(sampleMean(errors) / reference),
        ]),
      ],
    )
  },
}
