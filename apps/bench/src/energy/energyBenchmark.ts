import { key as keyOf, treeLeaves } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { breakEvenRate, countStep, energyModels, modelledEnergy } from '@spikeward/energy'
import type { BreakEven, Ledger, ModelledEnergy } from '@spikeward/energy'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp, standardise } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { mexicanHat } from '@spikeward/problems'
import { lossAt, regressionTask, stepLossOf } from '@spikeward/train'
import { openBackend } from '../backends.js'
import { estimatorNames, makeEstimator } from '../estimators.js'
import { bars, lines } from '../report/figure.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { mean, median } from '../sampleStatistics.js'
import { searchGrid } from '../tuned/searchGrid.js'
import { count, counts, keys, positive, someOf } from '../usage.js'
import { LOOK_EVERY, stepsToTarget } from './stepsToTarget.js'
import type { Reached } from './stepsToTarget.js'

type Settings = {
  readonly backend: string
  readonly threads: number
  readonly estimators: readonly string[]
  readonly hidden: readonly number[]
  readonly time: number
  readonly batch: number
  readonly trialKeys: readonly number[]
  readonly keys: readonly number[]
  readonly target: number
  readonly most: number
}

/** A training with a trial key; runs that were stored when there was a single one do not name it. */
type Trial = { readonly learningRate: number; readonly key?: number; readonly steps: number | null }

/** One estimator: the work of a step, its energy by every model, and the steps to the target for each key. */
type EnergyRow = {
  readonly estimator: string
  readonly ledger: Ledger
  readonly energy: readonly ModelledEnergy[]
  /** Learning rates that were tried with the trial keys, and the steps that each took; the fewest steps choose. */
  readonly trials: readonly Trial[]
  readonly learningRate: number
  readonly steps: readonly (number | null)[]
  /** Wall-clock time of a step, by key; null for a training that is too short to time. */
  readonly msPerStep: readonly (number | null)[]
}

type EnergyResult = {
  readonly rows: readonly EnergyRow[]
  readonly breakEven: readonly (BreakEven & { readonly time: number })[]
  /** Steps between two validations. Absent in older runs, which validated every 100 steps. */
  readonly lookEvery?: number
}

/** The learning rates of Adam from which the trials start: those of the accuracy benchmark. */
const rates: Readonly<Record<string, number>> = { bp: 3e-2, eligibility: 3e-2, feedback: 1e-2, spsa: 5e-3 }
const OTHER_RATE = 1e-3

/** Trials are a factor of √10 apart: three around the rate that they start from, and further ones. */
const [FIRST_POWERS, LIMITS] = [[[0], [-1], [1]], [[-8, 8]]] as const

/** A training that misses the target counts as this many times the step limit. */
const MISSED = 2

/** Bytes that hold a training. */
const held = ({ footprint }: Ledger): number => Object.values(footprint).reduce((sum, bytes) => sum + bytes, 0)

const problem = mexicanHat()

async function measureRow(s: Settings, estimatorName: string, backend: Backend): Promise<EnergyRow> {
  const network = spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden: s.hidden,
    time: s.time,
    neuron: leakyIntegrateAndFire({ beta: 1 }),
    spike: spike(atan()),
    domain: problem.domain,
    output: standardise(problem.points('train')),
  })
  const estimator = makeEstimator(estimatorName)
  const task = regressionTask({ network, problem, batch: s.batch })
  const loss = stepLossOf(task)
  const [first = 0] = s.keys
  const key = keyOf(first, { backend })
  const { trained, fixed } = network.init(key.fold(0))
  const ledger = await countStep({
    lossAt: (f: typeof fixed, data: ReturnType<typeof task.data>, k) => lossAt(loss, { fixed: f, data }, k),
    estimator,
    optimizer: adam(OTHER_RATE),
    trained,
    fixed,
    data: task.data(),
    key,
  })
  treeLeaves([trained, fixed]).forEach((t) => t.dispose())
  const reachBy = (learningRate: number, k: number): Promise<Reached> =>
    stepsToTarget(
      network,
      problem,
      estimator,
      { learningRate, batch: s.batch, key: k, target: s.target, most: s.most },
      backend,
    )
  const usual = rates[estimatorName] ?? OTHER_RATE
  const trials: Trial[] = []
  const rateAt = (power: number): number => Number((usual * 10 ** (power / 2)).toPrecision(3))
  const { best } = await searchGrid(FIRST_POWERS, LIMITS, async ([power = 0]) => {
    const learningRate = rateAt(power)
    const taken: (number | null)[] = []
    for (const k of s.trialKeys) {
      const { steps } = await reachBy(learningRate, k)
      trials.push({ learningRate, key: k, steps })
      taken.push(steps)
    }
    return taken.every((n) => n === null) ? Infinity : mean(taken.map((n) => n ?? MISSED * s.most))
  })
  const learningRate = rateAt(best[0]!)
  const reached: Reached[] = []
  for (const k of s.keys) reached.push(await reachBy(learningRate, k))
  const steps = reached.map((r) => r.steps)
  const msPerStep = reached.map((r) => (Number.isFinite(r.msPerStep) ? r.msPerStep : null))
  const energy = Object.values(energyModels).map((model) => modelledEnergy(ledger.total, model))
  return { estimator: estimatorName, ledger, energy, trials, learningRate, steps, msPerStep }
}

/** The mean of the steps to the target; null if a key did not reach it. */
const meanSteps = ({ steps }: EnergyRow): number | null => {
  const reached = steps.filter((n) => n !== null)
  return reached.length < steps.length ? null : reached.reduce((sum, n) => sum + n, 0) / reached.length
}

/** A number as a share of that of back-propagation. */
const byBp = (rows: readonly EnergyRow[], of: (row: EnergyRow) => number | null, row: EnergyRow): string => {
  const reference = rows.find((r) => r.estimator === 'bp')
  const [value, whole] = [of(row), reference === undefined ? null : of(reference)]
  return value === null ? 'not reached' : whole === null ? digits(value) : digits(value / whole)
}

/** The median time of a step over the keys; null for older runs without times, and for trainings that are too short. */
const timeOf = ({ msPerStep = [] }: Partial<Pick<EnergyRow, 'msPerStep'>>): number | null => {
  const times = msPerStep.filter((t) => t !== null)
  return times.length === 0 ? null : median(times)
}

/** Rates with the steps of each trial, such as `0.001 (500, 620, over), 0.003 (…)`. */
const triedRates = (trials: readonly Trial[]): string =>
  [...new Set(trials.map((t) => t.learningRate))]
    .sort((a, b) => a - b)
    .map((rate) => {
      const own = trials.filter((t) => t.learningRate === rate)
      return `${digits(rate)} (${own.map((t) => t.steps ?? 'missed').join(', ')})`
    })
    .join(', ')

type Chosen = Pick<EnergyRow, 'estimator' | 'learningRate'> & Partial<Pick<EnergyRow, 'trials'>>

/** The end of the tried rates at which the chosen rate lies, for a row with a trial that reached the target. */
function endOf({ learningRate, trials = [] }: Chosen): 'largest' | 'smallest' | null {
  if (trials.every(({ steps }) => steps === null)) return null
  const tried = trials.map((t) => t.learningRate)
  if (learningRate >= Math.max(...tried)) return 'largest'
  return learningRate <= Math.min(...tried) ? 'smallest' : null
}

/** The estimators whose steps are an upper bound, because a rate beyond those that were tried may take fewer. */
function aboutEnds(rows: readonly Chosen[]): string {
  const ends = rows.flatMap((row) => {
    const end = endOf(row)
    return end === null ? [] : [`${row.estimator} (${end})`]
  })
  return ends.length === 0
    ? ''
    : ` At an end of the tried rates, so that a rate beyond it may take fewer steps: ${ends.join(', ')}.`
}

/** How learning rates were chosen. Older runs store no trials. */
const aboutRates = (rows: readonly Chosen[]): string =>
  rows.every(({ trials = [] }) => trials.length > 0)
    ? `Learning rates have the fewest steps of those that were tried with ${
        new Set(rows.flatMap(({ trials = [] }) => trials.map((t) => t.key))).size > 1 ? 'other keys' : 'another key'
      }: ${rows.map(({ estimator, trials = [] }) => `${estimator} ${triedRates(trials)}`).join('; ')}.${aboutEnds(rows)}`
    : 'Learning rates are the defaults of each estimator and were not tuned for this table.'

const quantities: readonly { readonly name: string; readonly of: (row: EnergyRow) => number }[] = [
  { name: 'effective ACs', of: (r) => r.ledger.total.acs },
  { name: 'effective MACs', of: (r) => r.ledger.total.macs },
  { name: 'random words', of: (r) => r.ledger.total.random },
  {
    name: 'operations outside products',
    of: ({ ledger: { total: t } }) => t.multiplications + t.additions + t.functions,
  },
  { name: 'state traffic', of: ({ ledger: { total: t } }) => t.stateReads + t.stateWrites },
  { name: 'stored sequences', of: ({ ledger: { total: t } }) => t.sequenceReads + t.sequenceWrites },
  { name: 'bytes moved', of: (r) => r.ledger.bytesMoved },
  { name: 'bytes held', of: (r) => held(r.ledger) },
]

/** Only these quantities add up over steps: memory is held once, for any length of a training. */
const summed = quantities.filter(({ name }) => name !== 'bytes held')

/** `energy`: the work and the modelled energy of a step, and to equal error. */
export const energy = defineBenchmark<Settings, EnergyResult>({
  name: 'energy',
  about: 'operations, memory traffic and modelled energy of a training step, and of a training to an equal error',
  options: (command) =>
    command
      .option('--backend <name>', 'backend that trains', 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--estimators <list>', 'estimators to count', someOf(...estimatorNames), [
        'bp',
        'rfg',
        'rfg/layerwise',
        'spsa',
        'eligibility',
        'feedback',
      ])
      .option('--hidden <list>', 'widths of the hidden layers', counts, [100])
      .option('--time <n>', 'time steps', count, 32)
      .option('--batch <n>', 'points per step', count, 256)
      .option('--trial-keys <list>', 'keys of the trials that choose learning rates', keys, [88, 89, 90])
      .option('--keys <list>', 'keys of the trainings', keys, [91, 92, 93])
      .option('--target <x>', 'relative L2 on the validation points that trainings must reach', positive, 0.07)
      .option('--most <n>', 'the most steps of a training', count, 20_000),
  quick: { estimators: ['bp', 'rfg'], hidden: [4], time: 3, batch: 4, trialKeys: [90], keys: [91], most: 2 },
  async measure(s) {
    await using backend = await openBackend(s.backend, s.threads)
    const rows: EnergyRow[] = []
    for (const name of s.estimators) rows.push(await measureRow(s, name, backend))
    const [width = 1] = s.hidden
    const breakEven = [8, 16, 32, 64, 128].flatMap((time) =>
      [energyModels.horowitz45, energyModels['horowitz45-int8']].map((model) => ({
        ...breakEvenRate(model, { width, time }),
        time,
      })),
    )
    return { result: { rows, breakEven, lookEvery: LOOK_EVERY }, samples: {} }
  },
  tables: ({ settings, rows, breakEven, lookEvery = 100 }) => [
    {
      title: `Work of a step relative to bp: ${problem.name}, hidden ${settings.hidden.join('-')}, T = ${settings.time}, batch ${settings.batch}`,
      head: [
        'estimator',
        'time',
        ...quantities.map((q) => q.name),
        ...Object.keys(energyModels).map((m) => `energy, ${m}`),
      ],
      rows: rows.map((row) => [
        row.estimator,
        timeOf(row) === null ? '—' : byBp(rows, timeOf, row),
        ...quantities.map(({ of }) => byBp(rows, of, row)),
        ...row.energy.map(({ low, high }) => `${digits(low / 1e6)} to ${digits(high / 1e6)} µJ`),
      ]),
      note: `Firing rate ${digits(100 * (rows[0]?.ledger.firingRate ?? 0))} %. Energy is the range of a model; loihi1 leaves out every multiplication of real numbers.`,
    },
    {
      title: `Work to a validation error of ${settings.target}, relative to bp`,
      head: ['estimator', 'rate', 'steps of each key', 'time', ...summed.map((q) => q.name), 'energy, horowitz45'],
      rows: rows.map((row) => {
        const steps = meanSteps(row)
        const total = (of: (r: EnergyRow) => number | null) => (r: EnergyRow) => {
          const [n, each] = [meanSteps(r), of(r)]
          return n === null || each === null ? null : n * each
        }
        const [first] = row.energy
        return [
          row.estimator,
          digits(row.learningRate),
          row.steps.map((n) => n ?? `over ${settings.most}`).join(', '),
          timeOf(row) === null ? '—' : byBp(rows, total(timeOf), row),
          ...summed.map(({ of }) => byBp(rows, total(of), row)),
          steps === null || first === undefined
            ? 'not reached'
            : `${digits((steps * first.low) / 1e9)} to ${digits((steps * first.high) / 1e9)} mJ`,
        ]
      }),
      note: `${aboutRates(rows)} The validation error is computed every ${lookEvery} steps.${rows.some((r) => timeOf(r) !== null) ? ' Time is wall-clock time.' : ''}`,
    },
    {
      title: `Firing rate below which a spiking layer costs less than a dense one of ${settings.hidden[0]} neurons`,
      head: ['T', 'model', 'firing rate'],
      rows: breakEven.map(({ time, model, low, high }) => [
        String(time),
        model,
        `${digits(100 * low)} to ${digits(100 * high)} %`,
      ]),
      note: 'Both layers have the same width, and weights and states are read from memory. 0 means: at no rate.',
    },
  ],
  figures: ({ rows, breakEven }) => [
    bars(
      'Modelled energy of a step in µJ, high end of horowitz45',
      rows.map((r) => ({ name: r.estimator, value: (r.energy[0]?.high ?? 0) / 1e6 })),
      'µJ',
    ),
    lines(
      'Firing rate below which a spiking layer costs less than a dense one, high end',
      breakEven.map(({ time, model, high }) => ({ x: time, y: 100 * high, line: model })),
      { title: 'T', log: true },
      { title: 'firing rate, %', log: false },
    ),
  ],
})
