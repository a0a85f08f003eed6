/**
 * The work and the modelled energy of a training step, of a training to an equal error, and of spiking against dense
 * operator networks.
 */
import { key as keyOf, toBackend, treeLeaves } from '@spikeward/core'
import { type Ledger, energyModels, modelledEnergy, networkBreakEven } from '@spikeward/energy'
import { buildParts, ledgerOf, searchRate, train } from '@spikeward/experiment'
import { fit, sampleMean, sampleMedian } from '@spikeward/train'
import { type Study, type StudyRun, assemble, columns, digits, ioOf, meanSpread, titled } from './tools.js'

/** Counts of a step, and its price under `horowitz45`. */
interface Work {
  readonly products: number
  readonly bytesMoved: number
  readonly bytesHeld: number
  /** pJ. */
  readonly low: number
  readonly high: number
}

/** One estimator on one network: the work of a step, and the steps and the time to the target, by key. */
export interface EnergyRow {
  readonly hidden: readonly number[]
  readonly target: number
  readonly estimator: string
  readonly work: Work
  readonly rate: number
  /** Null: the target was not reached. */
  readonly steps: readonly (number | null)[]
  readonly msPerStep: readonly (number | null)[]
}

/** A spiking operator network, and the narrowest dense one whose mean validation error is at most its own. */
export interface BreakEvenRow {
  readonly network: string
  /** Of the readout, by the validation functions. */
  readonly penalty: number
  readonly errors: readonly number[]
  readonly firingRate: number | null
  readonly equalWidth: number | null
  /** The firing rates below which the spiking one costs less, under `horowitz45`; 0 and 0: at none. */
  readonly low: number | null
  readonly high: number | null
}

/** Both. */
export interface EnergyResult {
  readonly most: number
  readonly rows: readonly EnergyRow[]
  readonly breakEven: readonly BreakEvenRow[]
}

function workOf({ total, footprint, bytesMoved }: Ledger): Work {
  const { low, high } = modelledEnergy(total, energyModels.horowitz45)
  const bytesHeld = Object.values(footprint).reduce((sum, bytes) => sum + bytes, 0)
  return { products: total.acs + total.macs, bytesMoved, bytesHeld, low, high }
}

/** Trains until the error on the validation points, measured every 20 steps, reaches the target. */
async function reach(
  study: StudyRun,
  options: Parameters<typeof assemble>[2],
  rate: number,
  key: number,
  target: number,
  most: number,
) {
  const { parts } = await assemble(study, 'mexican-hat', { ...options, learningRate: rate, steps: most, key })
  const { experiment, estimator, optimizer } = parts
  const clock: { readonly step: number; readonly seconds: number }[] = []
  let steps: number | null = null
  const { task, callbacks } = experiment
  const settings = { task, callbacks, estimator, optimizer, backend: study.backend, key, steps: most }
  for await (const e of fit({ ...settings, every: 20, validateEvery: Math.min(20, most) })) {
    if (e.type === 'metrics') clock.push(e)
    if (e.type === 'validation' && steps === null && e.relativeL2 <= target) steps = e.step
    if (steps !== null && clock.length > 3) break
  }
  // The first steps compile.
  const [first, last] = [clock[1], clock.at(-1)]
  const timed = first !== undefined && last !== undefined && last.step > first.step
  return { steps, msPerStep: timed ? (1000 * (last.seconds - first.seconds)) / (last.step - first.step) : null }
}

async function estimatorRow(
  study: StudyRun,
  hidden: readonly number[],
  target: number,
  estimator: string,
  most: number,
): Promise<EnergyRow> {
  const sizes = study.quick ? { time: 4, batch: 16 } : { time: 32, batch: 256 }
  const options = { hidden, estimator, readoutSolve: 0, ...sizes }
  const { config, parts } = await assemble(study, 'mexican-hat', options)
  const variables = parts.experiment.task.init(keyOf(91, { backend: study.backend }))
  const work = workOf(await ledgerOf(parts, config, variables, study.backend))
  treeLeaves(variables).forEach((t) => t.dispose())
  const from = ['bp', 'eligibility', 'feedback'].includes(estimator) ? 1e-2 : 1e-3
  const { learningRate: rate } = await searchRate(from, study.quick ? 1 : 5, async (tried) => {
    const { steps } = await reach(study, options, tried, 88, target, most)
    return { validation: steps, steps: steps ?? most, seconds: 0 }
  })
  const reached = []
  for (const key of study.quick ? [91] : [91, 92, 93, 94, 95])
    reached.push(await reach(study, options, rate, key, target, most))
  const [steps, msPerStep] = [reached.map((r) => r.steps), reached.map((r) => r.msPerStep)]
  const row = { hidden, target, estimator, work, rate, steps, msPerStep }
  study.log(`${hidden.join('-')}, ${estimator}: ${row.steps.join(', ')} steps`)
  return row
}

/** Network keys of the break-even; the data key of each is `DATA_KEYS` more. */
const BREAK_EVEN_KEYS = [81, 82, 83, 84, 85]
const DATA_KEYS = 800
/** Penalties of the readout, of which the validation functions choose one for each network. */
const PENALTIES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10]

type Sized = {
  readonly width: number
  readonly penalty: number
  readonly errors: readonly number[]
  readonly validation: number
  readonly ledger: Ledger
}

/** DeepONets on Poisson's equation with two hidden layers on each side, and a penalty of the readout. */
async function penalised(
  study: StudyRun,
  width: number,
  penalty: number,
  network: { readonly spiking?: string; readonly time?: number },
): Promise<Sized> {
  const { quick, backend } = study
  const errors: number[] = []
  const validation: number[] = []
  let ledger: Ledger | null = null
  for (const key of quick ? [81] : BREAK_EVEN_KEYS) {
    const sides = { branch: [width, width], trunk: [width, width], sizes: quick ? [40, 10, 10] : [800, 100, 300] }
    const effort = { estimator: 'eligibility', steps: quick ? 10 : 1000, threads: 1, backend: backend.name }
    const common = { ...effort, readoutPenalty: penalty, key, dataKey: DATA_KEYS + key, baselines: 'none' } as const
    await using run = await train({ problem: 'poisson-1d', network: 'deeponet', ...sides, ...network, ...common })
    errors.push(run.relativeL2)
    validation.push((await run.experiment.measure(run.variables, 'validation')).relativeL2)
    const io = ioOf({ log: () => undefined })
    ledger ??= await ledgerOf(
      await buildParts(run.config, { io, quiet: true }),
      run.config,
      await toBackend(run.variables, backend),
      backend,
    )
  }
  return { width, penalty, errors, validation: sampleMean(validation), ledger: ledger! }
}

/** The same with the penalty of the least mean validation error. */
async function sized(study: StudyRun, width: number, network: { readonly spiking?: string; readonly time?: number }) {
  const tried: Sized[] = []
  for (const penalty of study.quick ? [1e-4] : PENALTIES) tried.push(await penalised(study, width, penalty, network))
  const best = tried.reduce((a, b) => (a.validation <= b.validation ? a : b))
  const name = network.spiking ?? `spiking, T = ${network.time}`
  study.log(`${name}, ${width} a layer: ${meanSpread(best.errors)}, penalty ${best.penalty}`)
  return best
}

async function breakEvenRows(study: StudyRun): Promise<BreakEvenRow[]> {
  const dense = []
  for (const width of study.quick ? [4] : [4, 8, 16, 32, 64]) dense.push(await sized(study, width, { spiking: 'none' }))
  const rows: BreakEvenRow[] = []
  for (const time of study.quick ? [4] : [8, 16, 32]) {
    const width = study.quick ? 6 : 64
    const { errors, validation, ledger, penalty } = await sized(study, width, { time })
    const equal = dense.find((one) => one.validation <= validation)
    const both = equal && { spiking: ledger.forward, dense: equal.ledger.forward }
    const breakEven = both === undefined ? null : networkBreakEven(energyModels.horowitz45, both)
    rows.push({
      ...{ network: `spiking, ${width} a layer, T = ${time}`, penalty, errors, firingRate: ledger.firingRate },
      ...{ equalWidth: equal?.width ?? null, low: breakEven?.low ?? null, high: breakEven?.high ?? null },
    })
  }
  const none = { firingRate: null, equalWidth: null, low: null, high: null }
  return [
    ...rows,
    ...dense.map(({ width, penalty, errors }) => ({ network: `dense, ${width} a layer`, penalty, errors, ...none })),
  ]
}

const mean = (values: readonly (number | null)[]): number => sampleMean(values.map((v) => v ?? NaN))

/** Cells of a row in multiples of bp on the same network and target. */
function byBp(row: EnergyRow, rows: readonly EnergyRow[]): string[] {
  const bp = rows.find(
    (r) => r.estimator === 'bp' && String(r.hidden) === String(row.hidden) && r.target === row.target,
  )!
  const ms = (r: EnergyRow): number => sampleMedian(r.msPerStep.map((t) => t ?? NaN))
  const [steps, reference] = [mean(row.steps), mean(bp.steps)]
  const each = (['products', 'bytesMoved', 'bytesHeld'] as const).map((name) => row.work[name] / bp.work[name])
  const whole = [ms(row) / ms(bp), each[0]!, each[1]!].map((share) => (share * steps) / reference)
  return [ms(row) / ms(bp), ...each, steps, ...whole].map((x) => (Number.isFinite(x) ? digits(x) : 'not reached'))
}

/** Work and modelled energy. */
export const energy: Study<EnergyResult> = {
  name: 'energy',
  summary:
    'work and modelled energy of a training step and to an equal error, and of spiking against dense operator networks',
  async run(study) {
    const most = study.quick ? 100 : 12_000
    const one = ['bp', 'rfg(directions=1)', 'spsa', 'eligibility', 'feedback']
    const cells: readonly (readonly [readonly number[], number, readonly string[]])[] = study.quick
      ? [[[8], 0.9, ['bp', 'eligibility']]]
      : [
          [[100], 0.07, one],
          [[64, 64], 0.2, one],
        ]
    const rows: EnergyRow[] = []
    for (const [hidden, target, estimators] of cells)
      for (const estimator of estimators) rows.push(await estimatorRow(study, hidden, target, estimator, most))
    return { most, rows, breakEven: await breakEvenRows(study) }
  },
  table: ({ most, rows, breakEven }) =>
    [
      titled(
        'Work of a step, and to an equal error, in multiples of bp: Mexican hat, T = 32, batch 256',
        [
          [
            ...['hidden', 'estimator', 'time of a step', 'operations in products', 'bytes moved', 'bytes held'],
            ...['steps to the target', 'time', 'products', 'bytes moved', 'a step, `horowitz45`', 'rate'],
          ],
          ...rows.map((row) => [
            `${row.hidden.join('-')}, to ${row.target}`,
            `\`${row.estimator}\``,
            ...byBp(row, rows),
            `${digits(row.work.low / 1e6)} to ${digits(row.work.high / 1e6)} µJ`,
            String(row.rate),
          ]),
        ],
        `The target is an error on the validation points, measured every 20 steps up to ${most}. The steps are the mean over five keys; the rate takes the fewest steps of up to five, with another key. Energy is the range of a model, not a measurement.`,
      ),
      titled(
        "Spiking against dense DeepONets of equal error: Poisson's equation, two hidden layers on each side",
        columns(breakEven, {
          network: (r) => r.network,
          penalty: (r) => String(r.penalty),
          'relative L2': (r) => meanSpread(r.errors),
          'firing rate': (r) => (r.firingRate === null ? '–' : `${digits(100 * r.firingRate)} %`),
          'dense width of equal error': (r) => String(r.equalWidth ?? '–'),
          'break-even rate, `horowitz45`': ({ low, high }) =>
            high === null ? '–' : high === 0 ? 'none' : `${digits(100 * low!)} to ${digits(100 * high)} %`,
        }),
        'Mean and spread over five pairs of network and data keys, 81 and 881 to 85 and 885. The penalty of the readout is the best of eight by the mean validation error. Equal error: the narrowest dense network whose mean validation error is at most that of the spiking one. None: the work without spikes alone costs more than the dense network.',
      ),
    ].join('\n\n'),
  finding({ rows }) {
    // A network of one layer under a constant current is a quantised dense layer.
    const deep = rows.filter(({ hidden }) => hidden.length > 1)
    const at = (name: string): string[] => byBp(deep.find((r) => r.estimator.startsWith(name))!, rows)
    const [rfg, traces] = [at('rfg'), at('eligibility')]
    return `With ${deep[0]!.hidden.length} spiking layers, a step by \`eligibility\` moves ${traces[2]} times the bytes of a step by \`bp\`, and a training to equal error ${traces[7]} times; by \`rfg\` these are ${rfg[2]} and ${rfg[7]} times.`
  },
}
