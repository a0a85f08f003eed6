/**
 * Adaptation through the loss alone: a few numbers on a trained network follow a change of the heated rod, by random
 * directions.
 */
import {
  add,
  concatenate,
  jit,
  key as keyOf,
  matmul,
  mul,
  randint,
  reshape,
  scan,
  slice,
  square,
  sub,
  sum,
  take,
  tensor,
  toBackend,
  zeros,
} from '@spikeward/core'
import type { Backend, Estimator, Tensor, Tree } from '@spikeward/core'
import { bp, orthogonalTangents, randomSign, rfg, spsa } from '@spikeward/estimators'
import { searchRate, heatTwin } from '@spikeward/experiment'
import type { SpikingStreamParams } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { heatedStream, rod } from '@spikeward/problems'
import { sampleMean, trainStep } from '@spikeward/train'
import type { StepLoss } from '@spikeward/train'
import type { Study } from './tools.js'
import { digits, meanSpread, titled } from './tools.js'

export const { network, outputs: OUTPUTS, delays: DELAYS = 1, inputs: INPUTS } = heatTwin(rod, [64])
const WIDE = DELAYS * INPUTS
/** Steps of a window, of which the first only set the state, windows of a step, and forward passes of an adaptation. */
const [STEPS, WARM, BATCH, PASSES] = [24, 8, 16, 5000]
/** The sensor that fails. */
const FAILED = 2

/**
 * Numbers that adapt a network: a reading in the place of the one that fails, x a + c at each delay (a map of rank one
 * from the readings and powers of that time), and y ← (1 + g) ∘ y + d, a gain and an offset of each output. 21 in all.
 */
export type Adapter = {
  readonly from: Tensor
  readonly offset: Tensor
  readonly gain: Tensor
  readonly shift: Tensor
}

const NUMBERS = INPUTS + 1 + 2 * OUTPUTS

/** An adapter that changes nothing. */
export const identity = (): Adapter => ({
  ...{ from: zeros([INPUTS]), offset: zeros([1]) },
  ...{ gain: zeros([OUTPUTS]), shift: zeros([OUTPUTS]) },
})

/**
 * Rows of a rod, standardised: inputs [samples, WIDE], 0 if a sensor has failed; targets, and 1 for those that
 * exist, [samples, OUTPUTS].
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
    x: f32(WIDE, (t) => Array.from({ length: DELAYS }, (_, d) => rows[t - d]!).flat()),
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

/** The readings of all delays, with one in the place of the failed sensor's. */
function mended({ from, offset }: Adapter, x: Tensor): Tensor {
  const rows = reshape(x, [x.size / INPUTS, INPUTS])
  const reading = add(matmul(rows, reshape(from, [INPUTS, 1])), offset)
  const none = zeros([rows.shape[0]!, 1])
  const place = Array.from({ length: INPUTS }, (_, i) => (i === FAILED ? reading : none))
  return reshape(add(rows, concatenate(place, 1)), x.shape)
}

/** Forecasts of the last steps of windows [STEPS, count, WIDE]. */
export function forecast(params: SpikingStreamParams, adapter: Adapter | null, x: Tensor): Tensor {
  const [, y] = scan(
    (state: ReturnType<typeof network.rest>, now: Tensor) => network.step(params, state, now) as [typeof state, Tensor],
    network.rest(x.shape[1]!),
    adapter === null ? x : mended(adapter, x),
  )
  const last = slice(y, [WARM, 0, 0], [STEPS, x.shape[1]!, OUTPUTS])
  return adapter === null ? last : add(mul(last, add(adapter.gain, 1)), adapter.shift)
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

/** On validation, 1 and 16 directions erred more, as did 1 and 4 of differences, and a difference of 0.05. */
const random = (): Estimator => rfg({ directions: 4 })
const differences = (): Estimator => spsa({ directions: 2, size: 0.005 })

/** Estimators, each with its control, which takes its rate: the same estimates with random signs. */
const METHODS: Readonly<Record<string, readonly [make: () => Estimator, control?: string]>> = {
  bp: [() => bp()],
  rfg: [random, 'randomSign(rfg)'],
  spsa: [differences, 'randomSign(spsa)'],
  'every direction': [() => orthogonalTangents({ directions: NUMBERS, scale: 'projection' })],
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
  summary: '21 numbers on a trained network follow a failed sensor of the heated rod, by the value of the loss alone',
  async run({ quick, backend, log }) {
    const keys = quick ? [1, 2] : [1, 2, 3, 4, 5]
    const samples = quick ? 1500 : 4000
    const rates = quick ? 3 : 6
    const whole: Task<SpikingStreamParams> = {
      rows: await rowsOf(samples, 100, [], backend),
      init: network.init(keyOf(0, { backend })),
      squares: (p, w) => squares(p, null, w),
    }
    const { params, error } = await trained(whole, bp(), quick ? 3000 : 9000, 1e-2, 0, 'test', backend)
    log(`the network before the change: ${error.toFixed(4)}`)
    const rows = await rowsOf(samples, 101, [FAILED], backend)
    const task: Task<Adapter> = {
      ...{ rows, init: await toBackend(identity(), backend) },
      squares: (adapter, w) => squares(params, adapter, w),
    }
    const none = await trained(task, bp(), 0, 0, 0, 'test', backend)
    const fresh = await trained({ ...whole, rows }, bp(), quick ? 3000 : 9000, 1e-2, 0, 'test', backend)
    const table: AdapterRow[] = [
      { name: 'before the change', rate: null, steps: 0, errors: [error] },
      { name: 'after it, without adaptation', rate: null, steps: 0, errors: [none.error] },
      { name: 'all weights anew by bp', rate: 1e-2, steps: fresh.steps, errors: [fresh.error] },
    ]
    for (const [name, [make, control]] of Object.entries(METHODS)) {
      const { learningRate: rate } = await searchRate(2e-2, rates, async (tried) => {
        const one = await trained(task, make(), PASSES, tried, 50, 'validation', backend)
        return { validation: Number.isFinite(one.error) ? one.error : null, steps: one.steps, seconds: 0 }
      })
      const measure = async (row: string, estimator: () => Estimator): Promise<void> => {
        const errors: number[] = []
        let steps = 0
        for (const key of keys) {
          const one = await trained(task, estimator(), PASSES, rate, key, 'test', backend)
          errors.push(one.error)
          steps = one.steps
        }
        table.push({ name: row, rate, steps, errors })
        log(`${row}, rate ${rate}: ${meanSpread(errors)}`)
      }
      await measure(name, make)
      if (control !== undefined) await measure(control, () => randomSign(make()))
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
