/** Recurrent spiking layers over long times: error, memory and time of a step by eProp and by `bp`. */
import { type Estimator, exp, log as ln, neg, sub, uniform } from '@spikeward/core'
import { bp, eProp } from '@spikeward/estimators'
import { pairedRatio, searchRate } from '@spikeward/experiment'
import { atan, parametricLeakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { type SpikingRnn, spikingRnn } from '@spikeward/operators'
import { type SequenceGenerator, addingSequences, lorenzSequences, vanDerPolSequences } from '@spikeward/problems'
import { sampleMean } from '@spikeward/train'
import { type Study, digits, meanSpread, mib, ratioText, titled } from './tools.js'
import { trainSequence } from './trainSequence.js'

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

/** eProp against back-propagation through time, with and without checkpoints. */
export const long: Study<{ readonly steps: number; readonly rows: readonly LongRow[] }> = {
  name: 'long',
  summary: 'recurrent layers over long times: error, memory and time of a training by eProp and by back-propagation',
  async run({ quick, backend, log }) {
    const size = { batch: quick ? 8 : 32, steps: quick ? 30 : 400 }
    const networkAt = (problem: keyof typeof problems, time: number): SpikingRnn =>
      networkOf(problems[problem], quick ? 8 : 32, time)
    const rows: LongRow[] = []
    for (const problem of quick ? (['adding'] as const) : (Object.keys(problems) as (keyof typeof problems)[])) {
      for (const time of quick ? [32] : [128, 512]) {
        const trained = (estimator: string, rate: number, key: number, split: 'validation' | 'test') =>
          trainSequence(
            problems[problem],
            networkAt(problem, time),
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
        const network = networkAt(problem, time)
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
