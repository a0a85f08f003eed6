/** Recurrent spiking layers over long times: error, memory and time of a step by eProp and by `bp`. */
import {
  div,
  exp,
  jit,
  key as keyOf,
  log as ln,
  mul,
  neg,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  treeLeaves,
  uniform,
} from '@spikeward/core'
import type { Affine, Backend, Estimator, Key, Loss, Tensor, Tree } from '@spikeward/core'
import { bp, eProp } from '@spikeward/estimators'
import { pairedRatio, searchRate } from '@spikeward/experiment'
import { atan, parametricLeakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { ridgeReadout, spikingRnn } from '@spikeward/operators'
import type { SequenceTask, SpikingRnn } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { addingSequences, lorenzSequences, vanDerPolSequences } from '@spikeward/problems'
import type { SequenceBatch, SequenceGenerator } from '@spikeward/problems'
import { sampleMean, trainStep } from '@spikeward/train'
import type { StepLoss } from '@spikeward/train'
import type { Study } from './study.js'
import { digits, meanSpread, mib, ratioText, titled } from './tools.js'

/** The problems by name. */
export const problems = { lorenz: lorenzSequences, adding: addingSequences, 'van-der-pol': vanDerPolSequences } as const

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
export function networkOf({ inputs, memory }: SequenceGenerator, neurons: number, time: number): SpikingRnn {
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

/** A network for sequences. */
export type SequenceModel<P extends Tree> = {
  init(key: Key): P
  apply(params: P, x: Tensor): Tensor
  /** Features, which the parameters `readout` read; absent: the untrained network with a solved readout is not measured. */
  features?(params: P, x: Tensor): Tensor
  loss(task: SequenceTask): Loss<P>
}

/** The mean squared error over the steps that count. */
const lossOf = <P extends Tree>(network: SequenceModel<P>, data: SequenceBatch): Loss<P> =>
  network.loss({
    samples: data.x.shape[1]!,
    drive: data,
    input: (now) => (now as SequenceBatch).x,
    head: (y, now) => {
      const { target, share } = now as SequenceBatch
      return sum(mul(square(sub(y, target)), share), 1)
    },
  })

const relativeL2 = (y: Tensor, { target, share }: SequenceBatch): Tensor =>
  sqrt(div(sum(mul(square(sub(y, target)), share)), sum(mul(square(target), share))))

/** The untrained layer with the readout that ridge regression finds on fresh sequences. */
async function solved<P extends Tree>(
  problem: SequenceGenerator,
  featuresOf: (params: P, x: Tensor) => Tensor,
  params: P,
  { time, count }: { readonly time: number; readonly count: number },
  key: Key,
): Promise<P> {
  const look = jit((p: P, k: Key) => {
    const data = problem.draw(k, count, time)
    return [featuresOf(p, data.x), data.target, data.share] as const
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
  const readout: Affine = {
    weight: tensor(Float32Array.from(weight), { shape: [n, 1] }),
    bias: tensor(Float32Array.from(bias), { shape: [1] }),
  }
  return { ...params, readout }
}

/** Sizes of a training, and the sequences that it is measured on and that a readout is solved from (0: it is not). */
type Training = {
  readonly time: number
  readonly batch: number
  readonly steps: number
  readonly test?: number
  readonly solve?: number
}

/** Trains with a rate and a key; no step draws a sequence of `split`. With no steps it only states the memory. */
export async function trainSequence<P extends Tree>(
  problem: SequenceGenerator,
  network: SequenceModel<P>,
  estimator: Estimator,
  { time, batch, steps, test: count = 256, solve = Math.max(16, Math.min(256, Math.floor(2 ** 18 / time))) }: Training,
  rate: number,
  key: number,
  split: 'validation' | 'test',
  backend: Backend,
): Promise<{ readonly bytes: number; readonly error: number; readonly untrained: number; readonly seconds: number }> {
  const loss: StepLoss<P, SequenceBatch> = Object.assign((p: P, data: SequenceBatch) => lossOf(network, data)(p), {
    sequence: (data: SequenceBatch) => lossOf(network, data).sequence!,
  })
  const { init, step } = trainStep(loss, estimator, adam(cosineDecay({ initial: rate, steps: Math.max(1, steps) })))
  const root = keyOf(key, { backend })
  const open = jit((k: Key) => init(network.init(k.fold(0))))
  const draw = jit((k: Key, i: Tensor) => problem.draw(k.fold(i), batch, time))
  const run = jit(step, { donate: [0] })
  const training = root.fold(1)
  let state = open(root)
  let data = draw(training, state.step)
  const bytes = run.inspect(state, data, training).executable.workspaceBytes
  const measure = jit((p: P, k: Key) => {
    const test = problem.draw(k, count, time)
    return relativeL2(network.apply(p, test.x), test)
  })
  const errorOf = async (p: P): Promise<number> => measure(p, root.fold(split === 'test' ? 2 : 3)).item()
  const trains = steps > 0
  const untrained =
    trains && split === 'test' && network.features !== undefined && solve > 0
      ? await errorOf(await solved(problem, network.features, state.trained, { time, count: solve }, root.fold(4)))
      : NaN
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
    const size = { batch: quick ? 8 : 32, steps: quick ? 30 : 400 }
    const made = (problem: keyof typeof problems, time: number): SpikingRnn =>
      networkOf(problems[problem], quick ? 8 : 32, time)
    const rows: LongRow[] = []
    for (const problem of quick ? (['adding'] as const) : (Object.keys(problems) as (keyof typeof problems)[])) {
      for (const time of quick ? [32] : [128, 512]) {
        const trained = (estimator: string, rate: number, key: number, split: 'validation' | 'test') =>
          trainSequence(
            problems[problem],
            made(problem, time),
            estimators[estimator]!(),
            { ...size, time },
            rate,
            key,
            split,
            backend,
          )
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
        const network = made(problem, time)
        const { bytes } = await trainSequence(problems[problem], network, make(), none, 1e-2, 511, 'test', backend)
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
