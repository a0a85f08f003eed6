/** Time-steppers on chaos and on a front, dense and spiking, by back-propagation and forward in time, after equally many steps. */
import { compare, pairedRatio } from '@spikeward/experiment'
import type { PairedRatio, TrainOptions, Trial } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import type { RolloutMeasures } from '@spikeward/train'
import type { Study, StudyRun } from './study.js'
import { digits, ioOf, meanSpread, optionsOf, ratioText, titled } from './tools.js'

/** The activations, and the estimators that train each. A dense network has the same gradient by both. */
const activations = {
  dense: { estimators: ['bp'], options: { spiking: 'none' } },
  LIF: { estimators: ['bp', 'rateBackpropagation'], options: { neuron: 'lif', time: 16 } },
  graded: { estimators: ['bp', 'rateBackpropagation'], options: { neuron: 'variable', time: 8 } },
} as const satisfies Readonly<
  Record<string, { readonly estimators: readonly string[]; readonly options: Partial<TrainOptions> }>
>

type Activation = keyof typeof activations

/** A problem with its options, windows of a batch, steps of training, rates that each search tries, and the sizes of the Fourier network. */
type Plan = {
  readonly problem: string
  readonly batch: number
  readonly steps: number
  readonly rates: number
  readonly declared: Readonly<Record<string, number>>
}

const KEYS = 5
const RATE = 3e-3

const plans: readonly Plan[] = [
  {
    problem: 'kuramoto-sivashinsky',
    ...{ batch: 20, steps: 2000, rates: 3 },
    declared: { layers: 3, channels: 24, modes: 12 },
  },
  {
    problem: 'nagumo-2d(points=32)',
    ...{ batch: 4, steps: 600, rates: 3 },
    declared: { layers: 3, channels: 16, modes: 8, projection: 32 },
  },
]

/** The same with few trajectories and steps, which end in about a minute of a core. */
const small: readonly Plan[] = [
  {
    ...plans[0]!,
    problem: 'kuramoto-sivashinsky(train=100,validation=10,test=20)',
    ...{ steps: 100, rates: 1 },
  },
  {
    ...plans[1]!,
    problem: 'nagumo-2d(points=32,train=16,validation=4,test=8)',
    ...{ steps: 30, rates: 1 },
  },
]

/** One activation by one estimator on one problem; errors and steps by key. */
export interface RolloutRow {
  readonly problem: string
  readonly activation: Activation
  readonly estimator: string
  readonly steps: number
  readonly rate: number
  readonly atEdge: boolean
  readonly errors: readonly (number | null)[]
  readonly stepsToError: readonly (number | null)[]
  readonly correlationTime: readonly (number | null)[]
  readonly stable: readonly (number | null)[]
}

const FIRST_KEY = 601

async function measure(plan: Plan, activation: Activation, estimator: string, study: StudyRun): Promise<RolloutRow> {
  const io = ioOf(study)
  const { problem, batch, steps, rates, declared } = plan
  const trials = await openTrials(`runs/studies/rollouts${study.quick ? '-quick' : ''}`, io, true, 0)
  const [row] = await compare(
    {
      problem,
      specs: [{ label: estimator, estimator, options: {} }],
      ...{ budgets: [steps], unit: 'steps', rates, share: 0.4, baselines: 'none' },
      ...{ key: FIRST_KEY, keys: study.quick ? 1 : KEYS },
      common: optionsOf(study, {
        ...{ task: 'rollout', network: 'fno', batch, learningRate: RATE, declared },
        ...activations[activation].options,
      }),
    },
    trials,
    io,
  )
  trials.close()
  const each = (of: (found: RolloutMeasures) => number): (number | null)[] =>
    (row?.trials ?? []).map(({ rollout }: Trial) => (rollout === undefined ? null : of(rollout)))
  const stepsToError = each((found) => found.stepsToError)
  study.log(`${problem}, ${activation}, ${estimator}: ${meanSpread(stepsToError)} steps until error 0.1`)
  return {
    ...{ problem, activation, estimator, steps, stepsToError },
    rate: row!.search.learningRate,
    atEdge: row!.search.atEdge,
    errors: row!.trials.map(({ relativeL2 }) => relativeL2),
    correlationTime: each((found) => found.correlationTime),
    stable: each((found) => found.stable),
  }
}

function tableOf(own: readonly RolloutRow[]): string {
  const stepsOf = (activation: Activation, estimator: string): readonly (number | null)[] =>
    own.find((row) => row.activation === activation && row.estimator === estimator)?.stepsToError ?? []
  const against = (row: RolloutRow, other: readonly (number | null)[]): PairedRatio | null =>
    other === row.stepsToError ? null : pairedRatio(row.stepsToError, other)
  const [{ problem, steps } = { problem: '', steps: 0 }] = own
  return titled(
    `${problem}: steps of time until error 0.1, after ${steps} steps of training`,
    [
      ['activation', 'estimator', 'steps until error 0.1', '÷ dense', '÷ `bp`', 'correlation time', 'bounded'],
      ...own.map((row) => [
        row.activation,
        `\`${row.estimator}\`${row.atEdge ? ' (rate at an edge)' : ''}`,
        meanSpread(row.stepsToError),
        ratioText(against(row, stepsOf('dense', 'bp'))),
        ratioText(against(row, stepsOf(row.activation, 'bp'))),
        meanSpread(row.correlationTime),
        digits(Math.min(...row.stable.map((one) => one ?? 0)), 2),
      ]),
    ],
    'Ratios over pairs of keys with their 95 % interval. Bounded: the least share of rollouts over ten lengths of the trajectories.',
  )
}

/** How long time-steppers follow chaos and a front. */
export const rollouts: Study<{ readonly rows: readonly RolloutRow[] }> = {
  name: 'rollouts',
  summary: 'time-steppers on chaotic waves and a front: dense, leaky and graded, by bp and rateBackpropagation',
  async run(study) {
    const rows: RolloutRow[] = []
    for (const plan of study.quick ? small : plans)
      for (const activation of Object.keys(activations) as Activation[])
        for (const estimator of activations[activation].estimators)
          rows.push(await measure(plan, activation, estimator, study))
    return { rows }
  },
  table: ({ rows }) =>
    [...new Set(rows.map(({ problem }) => problem))]
      .map((problem) => tableOf(rows.filter((row) => row.problem === problem)))
      .join('\n\n'),
}
