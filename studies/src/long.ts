/** Recurrent spiking layers over long times: error, memory and time of a step by eProp and by `bp`. */
import {
  add,
  arange,
  broadcastTo,
  cast,
  concatenate,
  equal,
  exp,
  expandDims,
  full,
  greaterEqual,
  jit,
  key as keyOf,
  log as ln,
  div,
  mul,
  neg,
  randint,
  reshape,
  scan,
  sin,
  slice,
  sqrt,
  square,
  stack,
  sub,
  sum,
  tensor,
  treeLeaves,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Backend, Estimator, Key, Tensor, Tree } from '@spikeward/core'
import { bp, eProp } from '@spikeward/estimators'
import { pairedRatio, searchRate } from '@spikeward/experiment'
import { atan, parametricLeakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { ridgeReadout, spikingRnn } from '@spikeward/operators'
import type { SpikingRnn, SpikingRnnParams } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { sampleMean, trainStep } from '@spikeward/train'
import type { StepLoss } from '@spikeward/train'
import type { Study } from './study.js'
import { digits, meanSpread, mib, ratioText, titled } from './tools.js'

/** Inputs [T, N, m], targets [T, N, 1], and the share of each step in the loss of a sample, [T, N, 1]. */
type Sequences = { readonly x: Tensor; readonly target: Tensor; readonly share: Tensor }

/** A problem of sequences; `memory`: the longest time constant of a neuron before training, as a share of T. */
interface Problem {
  readonly title: string
  readonly inputs: number
  readonly memory: number
  draw(key: Key, count: number, time: number): Sequences
}

const column = (s: Tensor, i: number): Tensor => reshape(slice(s, [0, i], [s.shape[0]!, i + 1]), [s.shape[0]!])
const columns = (...each: readonly Tensor[]): Tensor => stack(each, 1)

/**
 * States [time, N, d] of s' = f(s, t) at t = horizon/time, …, horizon, by the Runge–Kutta method of order 4 with at
 * least 512 steps.
 */
function integrate(f: (s: Tensor, t: Tensor) => Tensor, start: Tensor, horizon: number, time: number): Tensor {
  const within = Math.max(1, Math.ceil(512 / time))
  const h = horizon / time / within
  type Now = { readonly s: Tensor; readonly t: Tensor }
  const step = ({ s, t }: Now): Now => {
    const after = (k: Tensor, by: number): Tensor => add(s, mul(k, by))
    const [middle, end] = [add(t, h / 2), add(t, h)]
    const k1 = f(s, t)
    const k2 = f(after(k1, h / 2), middle)
    const k3 = f(after(k2, h / 2), middle)
    const k4 = f(after(k3, h), end)
    return { s: after(add(add(k1, k4), mul(add(k2, k3), 2)), h / 6), t: end }
  }
  const frame = (now: Now): [Now, Tensor] => {
    const [next] = scan((n: Now): [Now, Tree] => [step(n), []], now, null, { length: within })
    return [next, next.s]
  }
  return scan(frame, { s: start, t: zeros([]) }, null, { length: time })[1]
}

/**
 * x′ = 10 (y − x), y′ = x (28 − z) − y, z′ = x y − 8/3 z for 0.6 time units; every step receives the initial state, and
 * x is learned.
 */
const lorenz: Problem = {
  title: 'Lorenz system, from its initial state',
  inputs: 3,
  memory: 0.5,
  draw(key, count, time) {
    const unit = uniform(key, [count, 3], { min: -1, max: 1 })
    const rhs = (s: Tensor): Tensor => {
      const [x, y, z] = [column(s, 0), column(s, 1), column(s, 2)]
      return columns(mul(sub(y, x), 10), sub(mul(x, sub(28, z)), y), sub(mul(x, y), mul(z, 8 / 3)))
    }
    const states = integrate(rhs, add(mul(unit, 10), tensor([0, 0, 25])), 0.6, time)
    return {
      x: broadcastTo(unit, [time, count, 3]),
      target: mul(slice(states, [0, 0, 0], [time, count, 1]), 0.1),
      share: full([time, count, 1], 1 / time),
    }
  },
}

/**
 * x″ = μ (1 − x²) x′ − x + 1.5 f(t), x(0) = 2, x′(0) = 0, t ≤ 10, μ ∈ [1, 5], f of three waves; a step receives f and
 * μ.
 */
const vanDerPol: Problem = {
  title: 'driven Van der Pol oscillator, from its force',
  inputs: 2,
  memory: 0.25,
  draw(key, count, time) {
    const [a, w, p, m] = key.split(4) as [Key, Key, Key, Key]
    const amplitude = uniform(a, [count, 3], { min: -1, max: 1 })
    const omega = uniform(w, [count, 3], { min: 0.5, max: 2 })
    const phase = uniform(p, [count, 3], { min: 0, max: 2 * Math.PI })
    const mu = uniform(m, [count], { min: 1, max: 5 })
    const force = (t: Tensor): Tensor => sum(mul(amplitude, sin(add(mul(omega, t), phase))), -1)
    const rhs = (s: Tensor, t: Tensor): Tensor => {
      const [x, v] = [column(s, 0), column(s, 1)]
      return columns(v, add(sub(mul(mul(mu, sub(1, square(x))), v), x), mul(force(t), 1.5)))
    }
    const states = integrate(rhs, columns(full([count], 2), zeros([count])), 10, time)
    const times = reshape(mul(add(arange(time, 'f32'), 1), 10 / time), [time, 1, 1])
    const damping = broadcastTo(sub(mul(mu, 0.5), 1.5), [time, count])
    return {
      x: stack([force(times), damping], 2),
      target: slice(states, [0, 0, 0], [time, count, 1]),
      share: full([time, count, 1], 1 / time),
    }
  },
}

/**
 * Seven values in [0, 1] for T/8 steps each, two of them marked; in the last T/8 steps their sum less 1 (after
 * Hochreiter & Schmidhuber 1997).
 */
const adding: Problem = {
  title: 'sum of two marked values',
  inputs: 2,
  memory: 2,
  draw(key, count, time) {
    const [v, early, late] = key.split(3) as [Key, Key, Key]
    const values = uniform(v, [count, 7])
    const at = (place: Tensor): Tensor => cast(equal(expandDims(cast(place, 'i32'), 1), arange(7, 'i32')), 'f32')
    const marks = add(at(randint(early, [count], 3)), at(add(cast(randint(late, [count], 4), 'i32'), 3)))
    const blocks = concatenate([stack([values, marks], 2), zeros([count, 1, 2])], 1)
    const block = Array.from({ length: time }, (_, t) => Math.min(7, Math.floor((t * 8) / time)))
    const lengths = Array.from({ length: 8 }, (_, b) => block.filter((x) => x === b).length)
    const held = lengths.map((n, b) =>
      broadcastTo(reshape(slice(blocks, [0, b, 0], [count, b + 1, 2]), [1, count, 2]), [n, count, 2]),
    )
    const last = cast(greaterEqual(arange(time, 'i32'), time - lengths[7]!), 'f32')
    const answer = reshape(sub(sum(mul(values, marks), 1), 1), [1, count, 1])
    return {
      x: concatenate(held, 0),
      target: broadcastTo(answer, [time, count, 1]),
      share: broadcastTo(reshape(mul(last, 1 / lengths[7]!), [time, 1, 1]), [time, count, 1]),
    }
  },
}

/** The problems by name. */
export const problems = { lorenz, adding, 'van-der-pol': vanDerPol } as const

const estimators: Readonly<Record<string, () => Estimator>> = {
  bp: () => bp(),
  'bp with checkpoints': () => bp({ checkpoint: true }),
  eProp: () => eProp(),
}

/** One row: an estimator at a number of time steps; without errors, only its memory was stated. */
export interface LongRow {
  readonly problem: keyof typeof problems
  readonly time: number
  readonly estimator: string
  /** Workspace of a training step, from its plan. */
  readonly bytes: number
  readonly rate: number | null
  /** Relative L2 on 256 fresh sequences, by key. */
  readonly errors: readonly number[]
  /** The same with the untrained layer and a readout by ridge regression. */
  readonly untrained: readonly number[]
  /** Processor seconds of a training, by key: other processes of a shared machine do not count. */
  readonly seconds: readonly number[]
}

/** Time constants from 2 steps to a share of T, spread evenly in their logarithm; a readout over T/32 steps. */
function networkOf({ inputs, memory }: Problem, neurons: number, time: number): SpikingRnn {
  const range = { min: Math.log(2), max: Math.log(Math.max(4, memory * time)) }
  const network = spikingRnn({
    inputs,
    neurons,
    neuron: {
      ...parametricLeakyIntegrateAndFire({ shared: false, decayInput: false, reset: 'subtract' }),
      init: (key, n) => ({ leakLogit: neg(ln(sub(exp(uniform(key, [n], range)), 1))) }),
    },
    spike: spike(atan()),
    readoutLeak: Math.exp(-Math.min(1, 32 / time)),
    gain: 0.5,
  })
  return {
    ...network,
    init(key) {
      const p = network.init(key)
      const bias = uniform(key.fold(1), [neurons], { min: 0, max: 0.3 })
      return { ...p, input: { weight: p.input.weight, bias } }
    },
  }
}

/** The mean squared error over the steps that count. */
const lossOf = (network: SpikingRnn, data: Sequences) =>
  network.loss({
    samples: data.x.shape[1]!,
    drive: data,
    input: (now) => (now as Sequences).x,
    head: (y, now) => {
      const { target, share } = now as Sequences
      return sum(mul(square(sub(y, target)), share), 1)
    },
  })

const relativeL2 = (y: Tensor, { target, share }: Sequences): Tensor =>
  sqrt(div(sum(mul(square(sub(y, target)), share)), sum(mul(square(target), share))))

/** The untrained layer with the readout that ridge regression finds on fresh sequences. */
async function solved(problem: Problem, network: SpikingRnn, params: SpikingRnnParams, time: number, key: Key) {
  const count = Math.max(16, Math.min(256, Math.floor(2 ** 18 / time)))
  const look = jit((p: SpikingRnnParams, k: Key) => {
    const data = problem.draw(k, count, time)
    return [network.features(p, data.x), data.target, data.share] as const
  })
  const found = look(params, key)
  const [rates, target, share] = await Promise.all(found.map(async (t) => (await t.data()) as Float32Array))
  for (const t of [look, ...found]) t.dispose()
  const used = Array.from(share!.keys()).filter((i) => share![i] !== 0)
  const n = rates!.length / share!.length
  const features = Float64Array.from(
    { length: used.length * n },
    (_, i) => rates![used[Math.floor(i / n)]! * n + (i % n)]!,
  )
  const targets = Float64Array.from(used, (i) => target![i]!)
  const { weight, bias } = ridgeReadout(features, targets, used.length, 1e-4)
  const readout = {
    weight: tensor(Float32Array.from(weight), { shape: [n, 1] }),
    bias: tensor(Float32Array.from(bias), { shape: [1] }),
  }
  return { ...params, readout }
}

type Training = { readonly time: number; readonly neurons: number; readonly batch: number; readonly steps: number }

/** Trains with a rate and a key; no step draws a sequence of `split`. With no steps it only states the memory. */
export async function trainSequence(
  problem: Problem,
  estimator: Estimator,
  { time, neurons, batch, steps }: Training,
  rate: number,
  key: number,
  split: 'validation' | 'test',
  backend: Backend,
): Promise<{ readonly bytes: number; readonly error: number; readonly untrained: number; readonly seconds: number }> {
  const network = networkOf(problem, neurons, time)
  const loss: StepLoss<SpikingRnnParams, Sequences> = Object.assign(
    (p: SpikingRnnParams, data: Sequences) => lossOf(network, data)(p),
    { sequence: (data: Sequences) => lossOf(network, data).sequence! },
  )
  const { init, step } = trainStep(loss, estimator, adam(cosineDecay({ initial: rate, steps: Math.max(1, steps) })))
  const root = keyOf(key, { backend })
  const open = jit((k: Key) => init(network.init(k.fold(0))))
  const draw = jit((k: Key, i: Tensor) => problem.draw(k.fold(i), batch, time))
  const run = jit(step, { donate: [0] })
  const training = root.fold(1)
  let state = open(root)
  let data = draw(training, state.step)
  const bytes = run.inspect(state, data, training).executable.workspaceBytes
  const measure = jit((p: SpikingRnnParams, k: Key) => {
    const test = problem.draw(k, 256, time)
    return relativeL2(network.apply(p, test.x), test)
  })
  const errorOf = async (p: SpikingRnnParams): Promise<number> => measure(p, root.fold(split === 'test' ? 2 : 3)).item()
  const trains = steps > 0
  const untrained =
    trains && split === 'test' ? await errorOf(await solved(problem, network, state.trained, time, root.fold(4))) : NaN
  const begun = process.cpuUsage()
  for (let i = 0; i < steps; i++) {
    state = run(state, data, training)
    treeLeaves(data).forEach((t) => t.dispose())
    data = draw(training, state.step)
  }
  const error = trains ? await errorOf(state.trained) : NaN
  const { user, system } = process.cpuUsage(begun)
  const seconds = (user + system) / 1e6
  for (const f of [open, draw, run, measure]) f.dispose()
  for (const t of treeLeaves([state, data, root, training])) t.dispose()
  return { bytes, error, untrained, seconds }
}

/** eProp against back-propagation through time, with and without checkpoints. */
export const long: Study<{ readonly steps: number; readonly rows: readonly LongRow[] }> = {
  name: 'long',
  summary: 'recurrent layers over long times: error, memory and time of a training by eProp and by back-propagation',
  async run({ quick, backend, log }) {
    const size = { neurons: quick ? 8 : 32, batch: quick ? 8 : 32, steps: quick ? 30 : 400 }
    const rows: LongRow[] = []
    for (const problem of quick ? (['adding'] as const) : (Object.keys(problems) as (keyof typeof problems)[])) {
      for (const time of quick ? [32] : [128, 512]) {
        const trained = (estimator: string, rate: number, key: number, split: 'validation' | 'test') =>
          trainSequence(problems[problem], estimators[estimator]!(), { ...size, time }, rate, key, split, backend)
        const rateOf = async (estimator: string): Promise<number> => {
          const { learningRate } = await searchRate(1e-2, quick ? 1 : 5, async (tried) => {
            const { error, seconds } = await trained(estimator, tried, 591, 'validation')
            return { validation: Number.isFinite(error) ? error : null, steps: size.steps, seconds }
          })
          return learningRate
        }
        const own = { bp: await rateOf('bp'), eProp: await rateOf('eProp') }
        const tests: (Awaited<ReturnType<typeof trained>> & { readonly estimator: string; readonly rate: number })[] =
          []
        // The gradient with checkpoints is that of bp, and so is the rate. Estimators take turns, so that other work of
        // the machine meets all.
        for (const key of quick ? [511, 512] : [511, 512, 513, 514, 515])
          for (const estimator of Object.keys(estimators)) {
            const rate = estimator === 'eProp' ? own.eProp : own.bp
            tests.push({ estimator, rate, ...(await trained(estimator, rate, key, 'test')) })
          }
        for (const estimator of Object.keys(estimators)) {
          const each = tests.filter((t) => t.estimator === estimator)
          const of = (name: 'error' | 'untrained' | 'seconds'): number[] => each.map((t) => t[name])
          const { bytes, rate } = each[0]!
          const row = { problem, time, estimator, bytes, rate, errors: of('error'), untrained: of('untrained') }
          rows.push({ ...row, seconds: of('seconds') })
          log(`${problem}, T = ${time}, ${estimator}: ${meanSpread(row.errors)}, ${mib(bytes)} MiB`)
        }
      }
      const time = quick ? 64 : 16_384
      for (const [estimator, make] of Object.entries(estimators)) {
        const none = { ...size, steps: 0, time }
        const { bytes } = await trainSequence(problems[problem], make(), none, 1e-2, 511, 'test', backend)
        rows.push({ problem, time, estimator, bytes, rate: null, errors: [], untrained: [], seconds: [] })
      }
    }
    return { steps: size.steps, rows }
  },
  table: ({ steps, rows }) =>
    titled(
      `Recurrent layers with learned leaks after ${steps} steps, relative L2, mean and spread over keys`,
      [
        [
          'problem',
          'T',
          'estimator',
          'MiB of a step',
          'memory of bp ÷ its',
          'time ÷ bp',
          'error',
          '÷ bp (95% interval)',
          'untrained, readout solved',
          'rate',
        ],
        ...rows.map((row) => {
          const reference = rows.find((r) => r.problem === row.problem && r.time === row.time && r.estimator === 'bp')!
          const trained = row.errors.length > 0
          return [
            problems[row.problem].title,
            String(row.time),
            row.estimator,
            mib(row.bytes),
            digits(reference.bytes / row.bytes),
            trained ? digits(sampleMean(row.seconds) / sampleMean(reference.seconds), 2) : '–',
            trained ? meanSpread(row.errors) : 'not trained',
            row === reference || !trained ? '' : ratioText(pairedRatio(row.errors, reference.errors)),
            trained ? meanSpread(row.untrained) : '–',
            row.rate === null ? '–' : String(row.rate),
          ]
        }),
      ],
      'bp with checkpoints has the gradient of bp, and takes its rate. The three were trained in turn, key by key; times are those of the processor.',
    ),
  finding({ rows }) {
    const own = rows.filter((r) => r.problem === 'lorenz')
    const most = Math.max(...own.flatMap((r) => (r.errors.length > 0 ? [r.time] : [])))
    const longest = Math.max(...own.map((r) => r.time))
    const at = (time: number, name: string): LongRow => own.find((r) => r.time === time && r.estimator === name)!
    const error = (name: string): string => meanSpread(at(most, name).errors)
    const share = (time: number, name: string): string => digits(at(time, 'eProp').bytes / at(time, name).bytes, 2)
    const longer = sampleMean(at(most, 'eProp').seconds) / sampleMean(at(most, 'bp').seconds)
    return (
      `A recurrent layer over ${most} steps learns the Lorenz system to ${error('eProp')} by \`eProp\`; back-propagation ends at ${error('bp')}, ` +
      `and the untrained layer with a solved readout at ${meanSpread(at(most, 'eProp').untrained)}. \`eProp\` takes ${digits(longer, 2)} times the time of back-propagation, ` +
      `${share(most, 'bp')} of its memory and ${share(most, 'bp with checkpoints')} of that with checkpoints; over ${longest} steps ${share(longest, 'bp')} and ${share(longest, 'bp with checkpoints')}.`
    )
  },
}
