/** A Fourier network with three activations on flows, after equally many steps, forward only and by `bp`. */
import { dataBaselines, pairedRatio } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { type Activation, type Plan, activations, runsOf } from './rollouts.js'
import { type Study, columns, ioOf, meanSpread, ratioText, titled } from './tools.js'

const sizes = { layers: 3, channels: 16, modes: 6 }

const flows: readonly Plan[] = [
  { problem: 'darcy-2d', batch: 10, steps: 200, rates: 5, declared: sizes },
  {
    problem: 'navier-stokes(sensors=32,nodes=32,duration=20,times=11,steps=12,train=60,validation=10,test=20)',
    ...{ task: 'rollout', batch: 10, steps: 200, rates: 5, declared: sizes },
  },
]

const sharper = { batch: 8, steps: 300, rates: 5, declared: { layers: 3, channels: 12, modes: 8 } }

const burgers: readonly Plan[] = [
  { ...sharper, problem: 'burgers-fno' },
  { ...sharper, problem: 'burgers-sharp' },
]

/** The same with few functions and steps. */
const few: readonly Plan[] = [
  { ...flows[0]!, problem: 'darcy-2d(train=20,validation=4,test=4)', steps: 3, rates: 1 },
  {
    ...flows[1]!,
    problem: 'navier-stokes(sensors=16,nodes=16,duration=2,times=3,steps=12,train=10,validation=2,test=2)',
    ...{ steps: 3, rates: 1 },
  },
]

type Errors = readonly (number | null)[]

/** One activation by one estimator: relative L2 on the test split, over all steps of a rollout, by pair of keys. */
interface GridRow {
  readonly problem: string
  readonly activation: Activation
  readonly estimator: string
  readonly rate: number
  readonly atEdge: boolean
  readonly errors: Errors
  /** Those of the same networks untrained, of maps their last map solved by ridge regression. */
  readonly untrained: Errors
}

/** Ridge regressions on the data of each pair of keys. */
interface GridData {
  readonly problem: string
  readonly steps: number
  readonly linear: Errors
  readonly kernel: Errors
}

/** Rows of all plans, and ridge regressions. */
interface GridsResult {
  readonly data: readonly GridData[]
  readonly rows: readonly GridRow[]
}

/** Each activation by each of its estimators on these problems. */
const onGrids = (
  name: string,
  summary: string,
  plans: readonly Plan[],
  small: readonly Plan[],
): Study<GridsResult> => ({
  name,
  summary,
  async run(study) {
    const io = ioOf(study)
    const trials = await openTrials(`runs/studies/${name}${study.quick ? '-quick' : ''}`, io, true, 0)
    const data: GridData[] = []
    const rows: GridRow[] = []
    for (const plan of study.quick ? small : plans) {
      const { problem, steps } = plan
      for (const activation of Object.keys(activations) as Activation[]) {
        const runs = await runsOf(plan, activation, trials, study)
        for (const { label: estimator, search, trials: own } of runs) {
          const errors = own.map(({ relativeL2 }) => relativeL2)
          study.log(`${problem}, ${activation}, ${estimator}: ${meanSpread(errors)}`)
          rows.push({
            ...{ problem, activation, estimator, rate: search.learningRate, atEdge: search.atEdge, errors },
            untrained: own.map(({ baselines }) => baselines.untrained),
          })
        }
        if (activation !== 'dense') continue
        const facts = await dataBaselines({ baselines: 'classical' }, runs, trials, io)
        const errorsOf = (name: 'linear' | 'kernel'): Errors => facts.map((own) => own[name]?.relativeL2 ?? null)
        data.push({ problem, steps, linear: errorsOf('linear'), kernel: errorsOf('kernel') })
      }
    }
    trials.close()
    return { data, rows }
  },
  table: ({ data, rows }) =>
    data
      .map(({ problem, steps, linear, kernel }) => {
        const own = rows.filter((row) => row.problem === problem)
        const bp = (activation: Activation): Errors =>
          own.find((row) => row.activation === activation && row.estimator === 'bp')!.errors
        const against = (errors: Errors, other: Errors): string =>
          errors === other ? '–' : ratioText(pairedRatio(errors, other))
        return titled(
          `${problem}: relative L2 on the test split after ${steps} steps`,
          columns(own, {
            activation: (row) => row.activation,
            estimator: (row) => `\`${row.estimator}\`${row.atEdge ? ' (rate at an edge)' : ''}`,
            error: (row) => meanSpread(row.errors),
            untrained: (row) => meanSpread(row.untrained),
            '÷ dense': (row) => against(row.errors, bp('dense')),
            '÷ `bp`': (row) => against(row.errors, bp(row.activation)),
          }),
          `Ratios over pairs of network and data keys with their 95 % interval. On the same functions linear ridge has ${meanSpread(linear)}, kernel ridge ${meanSpread(kernel)}.`,
        )
      })
      .join('\n\n'),
})

/** Flows, as a map and as rollouts. */
export const grids = onGrids(
  'grids',
  'Fourier networks on Darcy flow and Navier–Stokes rollouts: dense, integrate-and-fire and graded',
  flows,
  few,
)

/** Waves that steepen. */
export const gridsOfBurgers = onGrids(
  'grids-of-burgers',
  'Fourier networks on both maps of Burgers’ equation: dense, integrate-and-fire and graded',
  burgers,
  burgers.map((plan) => ({ ...plan, problem: `${plan.problem}(train=40,validation=4,test=4)`, steps: 3, rates: 1 })),
)
