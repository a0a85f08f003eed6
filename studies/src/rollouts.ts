/** Time-steppers on chaos, dense and spiking, after equally many steps. */
import { buildParts, classicalBaselines, compare, pairedRatio } from '@spikeward/experiment'
import type { BaselineFacts, CompareRow, PairedRatio, TrainOptions } from '@spikeward/experiment'
import { type Trials, openTrials } from '@spikeward/experiment/node'
import { type RolloutMeasures, sampleMean } from '@spikeward/train'
import { type Study, type StudyRun, digits, ioOf, meanSpread, optionsOf, ratioText, titled } from './tools.js'

/** The activations, and the estimators that train each: the first one searches the rate, which is that of all. */
export const activations = {
  dense: { estimators: ['bp'], options: { spiking: 'none' } },
  LIF: {
    estimators: ['rateBackpropagation', 'bp'],
    options: { neuron: 'lif', time: 16, declared: { initialMembrane: 0.5 } },
  },
  graded: {
    estimators: ['rateBackpropagation', 'bp'],
    options: { neuron: 'variable', time: 1, declared: { threshold: 1e-3 } },
  },
} satisfies Readonly<
  Record<string, { readonly estimators: readonly string[]; readonly options: Partial<TrainOptions> }>
>

/** The name of an activation. */
export type Activation = keyof typeof activations

/**
 * A problem with its options and task, windows of a batch, steps of training, rates that each search tries, and
 * the sizes of the Fourier network.
 */
export type Plan = {
  readonly problem: string
  readonly task?: 'rollout'
  readonly batch: number
  readonly steps: number
  readonly rates: number
  readonly declared: Readonly<Record<string, number | boolean>>
}

const KEYS = 5
const RATE = 3e-3
/** Steps of a run of a search, as a share of all. */
const SHARE = 0.4

const waves: readonly Plan[] = [
  {
    ...{ problem: 'kuramoto-sivashinsky', task: 'rollout' },
    ...{ batch: 20, steps: 2000, rates: 5 },
    // Without coordinates the stepper commutes with translations, as the equation does.
    declared: { layers: 3, channels: 24, modes: 12, coordinates: false },
  },
]

/** The same with few trajectories and steps, which end in less than a minute of a core. */
const few = { steps: 40, rates: 1 }
const smallWaves: readonly Plan[] = [
  { ...waves[0]!, ...few, problem: 'kuramoto-sivashinsky(train=24,validation=4,test=4)' },
]

const fronts: readonly Plan[] = [
  {
    ...{ problem: 'allen-cahn-2d(points=32,duration=4,frames=41,train=64,validation=8,test=16)', task: 'rollout' },
    ...{ batch: 10, steps: 500, rates: 3 },
    declared: { layers: 3, channels: 16, modes: 6, coordinates: false },
  },
]
const smallFronts: readonly Plan[] = [
  { ...fronts[0]!, ...few, steps: 4, problem: 'allen-cahn-2d(points=16,frames=11,train=8,validation=2,test=2)' },
]

type RolloutBaselines = NonNullable<BaselineFacts['rollout']>

/** Rules without a network, fitted to the data of each pair of keys. */
const baselines = ['persistence', 'linear', 'kernel'] as const satisfies readonly (keyof RolloutBaselines)[]

/** Measures of a stepper on a problem, one for each pair of keys. */
interface Measures {
  readonly problem: string
  readonly stepsToError: readonly (number | null)[]
  readonly correlationTime: readonly (number | null)[]
  readonly stable: readonly (number | null)[]
  /** Relative L2 over all steps. */
  readonly errors: readonly (number | null)[]
  /** Relative L2 after 1, 2, … steps, each the mean over the pairs of keys; null where a field is not finite. */
  readonly byStep: readonly (number | null)[]
}

/** One activation by one estimator. */
export interface RolloutRow extends Measures {
  readonly activation: Activation
  readonly estimator: string
  readonly steps: number
  readonly rate: number
  readonly atEdge: boolean
}

/** One rule without a network. */
export interface RolloutBaseline extends Measures {
  readonly method: (typeof baselines)[number]
}

const measuresOf = (problem: string, measures: readonly (RolloutMeasures | undefined)[]): Measures => {
  const each = (of: (one: RolloutMeasures) => number | null): (number | null)[] =>
    measures.map((one) => (one === undefined ? null : of(one)))
  const byStep = (measures[0]?.errors ?? []).map((_, k) => {
    const errors = each((one) => one.errors[k] ?? null)
    return errors.includes(null) ? null : sampleMean(errors as number[])
  })
  return {
    problem,
    stepsToError: each((one) => one.stepsToError),
    correlationTime: each((one) => one.correlationTime),
    stable: each((one) => one.stable),
    errors: each((one) => one.relativeL2),
    byStep,
  }
}

const FIRST_KEY = 601

/**
 * One activation by each of its estimators. Currents are constant in time, so that `rateBackpropagation` has the
 * gradient of `bp`, and the rate that the first one finds is that of all.
 */
export async function runsOf(
  { problem, task, batch, steps, rates, declared }: Plan,
  activation: Activation,
  trials: Trials,
  study: StudyRun,
): Promise<readonly CompareRow[]> {
  const { estimators, options }: (typeof activations)[Activation] = activations[activation]
  const runs: CompareRow[] = []
  for (const estimator of estimators) {
    const [first] = runs
    const [run] = await compare(
      {
        problem,
        specs: [{ label: estimator, estimator, options: {} }],
        ...{ budgets: [steps], unit: 'steps', rates: first === undefined ? rates : 1, share: SHARE, baselines: 'none' },
        ...{ key: FIRST_KEY, keys: study.quick ? 1 : KEYS },
        common: optionsOf(study, {
          ...(task === undefined ? {} : { task }),
          ...{ network: 'fno', batch, ...options },
          learningRate: first?.search.learningRate ?? RATE,
          declared: { ...declared, ...('declared' in options ? options.declared : {}) },
        }),
      },
      trials,
      ioOf(study),
    )
    runs.push({ ...run!, search: (first ?? run!).search })
  }
  return runs
}

/** The rules without a network on the data of these runs. */
async function rules(
  problem: string,
  runs: CompareRow['trials'],
  trials: Trials,
  study: StudyRun,
): Promise<RolloutBaseline[]> {
  const byRun: RolloutBaselines[] = []
  for (const { config } of runs) {
    const fit = async (): Promise<RolloutBaselines> => {
      const { experiment } = await buildParts(config, { io: ioOf(study), quiet: true })
      return (await classicalBaselines(experiment, study.backend, 0)).rollout!
    }
    byRun.push(await trials.keep('rules', { rules: problem, dataKey: config.dataKey }, null, fit))
  }
  return baselines.map((method) => {
    const measured = measuresOf(
      problem,
      byRun.map((one) => one[method]),
    )
    study.log(`${problem}, ${method}: ${meanSpread(measured.stepsToError)} steps until error 0.1`)
    return { ...measured, method }
  })
}

function tableOf(problem: string, { rows, rules: without }: RolloutsResult): string {
  const own = rows.filter((row) => row.problem === problem)
  const stepsOf = (activation: Activation, estimator: string): readonly (number | null)[] =>
    own.find((row) => row.activation === activation && row.estimator === estimator)?.stepsToError ?? []
  const against = (row: RolloutRow, other: readonly (number | null)[]): PairedRatio | null =>
    other === row.stepsToError ? null : pairedRatio(row.stepsToError, other)
  const last = own[0]!.byStep.length
  const shown = [...new Set([1, Math.ceil(last / 4), Math.ceil(last / 2), last])]
  const cellsOf = (one: Measures): string[] => [
    ...shown.map((k) => digits(one.byStep[k - 1])),
    meanSpread(one.correlationTime),
    digits(Math.min(...one.stable.map((share) => share ?? 0)), 2),
  ]
  return titled(
    `${problem}: steps of time until error 0.1, after ${own[0]!.steps} steps of training`,
    [
      [
        ...['stepper', 'estimator', 'steps until error 0.1', '÷ dense', '÷ `bp`'],
        ...shown.map((k) => `error after ${k}`),
        ...['correlation time', 'bounded'],
      ],
      ...without
        .filter((one) => one.problem === problem)
        .map((one) => [one.method, '–', meanSpread(one.stepsToError), '–', '–', ...cellsOf(one)]),
      ...own.map((row) => [
        row.activation,
        `\`${row.estimator}\`${row.atEdge ? ' (rate at an edge)' : ''}`,
        meanSpread(row.stepsToError),
        ratioText(against(row, stepsOf('dense', 'bp'))),
        ratioText(against(row, stepsOf(row.activation, 'bp'))),
        ...cellsOf(row),
      ]),
    ],
    'Ratios over pairs of keys with their 95 % interval. Each activation takes the rate of its own search on the validation split. Bounded: the least share of rollouts over ten lengths of the trajectories. Linear and kernel: ridge regression of the increment.',
  )
}

/** Time-steppers with and without a network. */
interface RolloutsResult {
  readonly rows: readonly RolloutRow[]
  readonly rules: readonly RolloutBaseline[]
}

/** How long time-steppers follow trajectories. */
const follow = (
  name: string,
  summary: string,
  plans: readonly Plan[],
  small: readonly Plan[],
): Study<RolloutsResult> => ({
  name,
  summary,
  async run(study) {
    const rows: RolloutRow[] = []
    const without: RolloutBaseline[] = []
    const trials = await openTrials(`runs/studies/${name}${study.quick ? '-quick' : ''}`, ioOf(study), true, 0)
    for (const plan of study.quick ? small : plans)
      for (const activation of Object.keys(activations) as Activation[]) {
        const runs = await runsOf(plan, activation, trials, study)
        for (const { label: estimator, search, trials: own } of runs) {
          const measured = measuresOf(
            plan.problem,
            own.map(({ rollout }) => rollout),
          )
          study.log(`${plan.problem}, ${activation}, ${estimator}: ${meanSpread(measured.stepsToError)} steps`)
          const { learningRate: rate, atEdge } = search
          rows.push({ ...measured, activation, estimator, steps: plan.steps, rate, atEdge })
        }
        // The data are those of every row, so the rules are fitted once.
        if (activation === 'dense') without.push(...(await rules(plan.problem, runs[0]!.trials, trials, study)))
      }
    trials.close()
    return { rows, rules: without }
  },
  table: (result) =>
    [...new Set(result.rows.map(({ problem }) => problem))].map((problem) => tableOf(problem, result)).join('\n\n'),
})

/** Chaos. */
export const rollouts = follow(
  'rollouts',
  'time-steppers on chaotic waves: dense by bp, integrate-and-fire and graded by rateBackpropagation and bp',
  waves,
  smallWaves,
)

/** Fronts in the plane. */
export const rolloutsOfFronts = follow(
  'rollouts-of-fronts',
  'time-steppers on fronts in the plane: dense by bp, integrate-and-fire and graded by rateBackpropagation and bp',
  fronts,
  smallFronts,
)
