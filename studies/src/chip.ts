/** Networks in the integers of a simulated chip: the cost of fewer bits, and what training on the chip recovers. */
import { join } from 'node:path'
import { deviceNodePerturbation, errorNeuron, hostLoss, loihi2 } from '@spikeward/chip'
import type { DeviceEstimator, DeviceLoss } from '@spikeward/chip'
import { type RegressionProblem, SpikewardError, bits, cast, mul, shiftRight, sub } from '@spikeward/core'
import { describeRun, searchRate, train, trainOnChip, trainOperatorOnChip } from '@spikeward/experiment'
import { type OpenedRun, openFinished, quantiseRun } from '@spikeward/experiment/node'
import { sampleMean } from '@spikeward/train'
import { type Study, type StudyRun, digits, ioOf, meanSpread, temporaryFolder, titled } from './tools.js'

/** Relative L2 on the test split of a network in floats, and in integers of each width. */
export interface QuantisedRow {
  readonly problem: string
  readonly key: number
  readonly float: number
  readonly quantised: readonly { readonly bits: number; readonly error: number }[]
}

/** Relative L2 on the test split after training on a chip, and after a solve of the readout. */
type Trained = { readonly after: number; readonly solved: number }

/** Relative L2 on the test split before and after training on a chip. */
export interface TrainedRow extends Trained {
  readonly problem: string
  readonly training: 'fine-tuning' | 'from random weights' | 'losses from an error neuron'
  readonly key: number
  readonly bits: number
  /** Spread of thresholds and decays; 1 % of the synapses are stuck then. */
  readonly spread: number
  readonly rate: number
  /** Null: the network was not trained in floats. */
  readonly float: number | null
  readonly before: number
  /** The same training with random signs. */
  readonly randomSign: Trained
}

/** Both tables. */
export interface ChipResult {
  readonly quantised: readonly QuantisedRow[]
  readonly trained: readonly TrainedRow[]
}

const HAT = 'mexican-hat'
const OPERATOR = 'poisson-1d'

type Sizes = {
  readonly width: number
  readonly time: number
  readonly steps: number
  readonly tune: number
  readonly sizes: readonly number[]
}

/**
 * Trains two spiking layers of a width by eligibility, on branch and trunk for an operator, and opens the stored run.
 */
async function trained(
  study: StudyRun,
  folder: string,
  problem: string,
  key: number,
  { width, time, steps, sizes }: Sizes,
  learns = true,
): Promise<OpenedRun> {
  const widths = [width, width]
  const network =
    problem === HAT
      ? { hidden: widths, batch: 256, learningRate: 1e-2 }
      : { network: 'deeponet', branch: widths, trunk: widths, sizes, dataKey: 800 + key }
  const own = learns ? { steps } : { steps: 1, learningRate: 1e-12, readoutSolve: 0 }
  const out = join(folder, `${problem}-${key}${learns ? '' : '-untrained'}`)
  await using run = await train({
    ...{ problem, key, estimator: 'eligibility', time, backend: study.backend.name, threads: 1, baselines: 'none' },
    ...{ ...network, ...own },
  })
  await run.save(out)
  return openFinished(out, { quiet: true }, ioOf(study))
}

/** An estimate times a random sign, drawn anew in every step: a control that keeps the size of the steps. */
export const randomSigns = (inner: DeviceEstimator): DeviceEstimator => ({
  ...inner,
  estimate(network, params, measured) {
    const sign = sub(mul(2, cast(shiftRight(bits(measured.key.fold(network.layers.length), []), 31), 'i32')), 1)
    const estimate = inner.estimate(network, params, measured)
    return estimate.map(({ weight, bias }) => ({ weight: mul(weight, sign), bias: mul(bias, sign) }))
  },
})

/** How a network is put on a chip and trained there. */
type Device = Pick<TrainedRow, 'bits' | 'spread' | 'rate'> & {
  readonly loss: DeviceLoss
  readonly readout: 'held' | 'learned'
  readonly steps: number
}

/** Trains on a chip; `split` is what the errors are measured on. */
function tune(
  run: OpenedRun,
  key: number,
  { loss, readout, steps, ...device }: Device,
  split: 'validation' | 'test',
  estimator = deviceNodePerturbation(),
) {
  const how = {
    ...{ chip: loihi2, ...device, stuck: device.spread === 0 ? 0 : 0.01 },
    ...{ estimator, loss, readout, solveEvery: 100, steps, batch: 256, key },
  }
  const watch = { check: () => Promise.resolve(), report: () => undefined, signal: new AbortController().signal }
  const { experiment } = run.parts
  if (experiment.kind === 'operator') {
    const small = { ...how, batch: Math.min(how.batch, experiment.counts.train) }
    return trainOperatorOnChip(run, experiment, ['branch', 'trunk'], small, watch)
  }
  if (experiment.kind !== 'regression')
    throw new SpikewardError('INTERNAL', 'the study trains no equation; this is a bug in Spikeward')
  const { problem } = experiment
  const at: RegressionProblem = { ...problem, points: (s) => problem.points(s === 'test' ? split : s) }
  return describeRun(run).then((mlp) => trainOnChip(mlp, at, how, run.backend, watch))
}

/**
 * The first largest update of a layer in weight steps, 2^r: r by a search with a key of its own on the validation
 * points.
 */
async function rateOf(run: OpenedRun, key: number, device: Omit<Device, 'rate'>, from: number): Promise<number> {
  // searchRate moves by factors of √10; its places are those of r.
  const place = (learningRate: number): number => from + Math.round(2 * Math.log10(learningRate))
  const { learningRate } = await searchRate(1, 4, async (tried) => {
    const { errors, steps } = await tune(run, key, { ...device, rate: place(tried) }, 'validation')
    return { validation: Number.isFinite(errors.after) ? errors.after : null, steps, seconds: 0 }
  })
  return place(learningRate)
}

/**
 * Kinds of training on the chip, with the width of the weights, the spread of the neurons, and the rate that a search
 * begins with.
 */
const kinds = (
  quick: boolean,
): readonly (Pick<TrainedRow, 'problem' | 'training' | 'bits' | 'spread'> & { readonly from: number })[] => {
  const kind =
    (training: TrainedRow['training'], problem = HAT) =>
    (bits: number, spread: number, from: number) => ({ problem, training, bits, spread, from })
  const fine = kind('fine-tuning')
  if (quick) return [fine(8, 0.1, -4)]
  return [
    ...[fine(8, 0.05, -4), fine(8, 0.1, -4), fine(8, 0.2, -4), fine(6, 0.1, -6), fine(4, 0.1, -8)],
    kind('fine-tuning', OPERATOR)(8, 0.1, -4),
    ...[8, 6, 4].map((bits) => kind('from random weights')(bits, 0, bits - 9)),
    kind('losses from an error neuron')(8, 0.1, -4),
  ]
}

/** The cost of fewer bits, and the errors after training on the chip. */
export const chip: Study<ChipResult> = {
  name: 'chip',
  summary: 'networks in the integers of Loihi 2: the cost of fewer bits, and what training on the chip recovers',
  async run(study) {
    const { quick, log } = study
    const sizes: Sizes = quick
      ? { width: 8, time: 8, steps: 40, tune: 10, sizes: [40, 10, 10] }
      : { width: 64, time: 32, steps: 800, tune: 300, sizes: [800, 100, 300] }
    const [keys, trialKey] = [quick ? [81] : [81, 82, 83, 84, 85], 71]
    await using folder = await temporaryFolder('chip')
    const opened = new Map<string, Promise<OpenedRun>>()
    const open = (problem: string, key: number, learns: boolean): Promise<OpenedRun> => {
      const name = `${problem} ${key} ${learns}`
      const run = opened.get(name) ?? trained(study, folder.path, problem, key, sizes, learns)
      opened.set(name, run)
      return run
    }
    try {
      const quantised: QuantisedRow[] = []
      for (const problem of quick ? [HAT] : [HAT, OPERATOR, 'reaction-diffusion'])
        for (const key of keys) {
          const run = await open(problem, key, true)
          const widths = []
          for (const bits of [8, 6, 4])
            widths.push({ bits, error: (await quantiseRun(run, loihi2, { bits })).relativeL2 })
          const { relativeL2: float } = await run.parts.experiment.measure(run.variables, 'test')
          quantised.push({ problem, key, float, quantised: widths })
          log(
            `${problem}, key ${key}: floats ${digits(float)}, ${widths.map((w) => `${w.bits} bits ${digits(w.error)}`).join(', ')}`,
          )
        }
      const rows: TrainedRow[] = []
      for (const { problem, training, bits, spread, from } of kinds(quick)) {
        const learns = training !== 'from random weights'
        const loss = training === 'losses from an error neuron' ? errorNeuron : hostLoss
        const readout = learns ? 'held' : 'learned'
        const device = { bits, spread, loss, readout, steps: learns ? sizes.tune : sizes.steps } as const
        // An operator network has no errors on its validation functions here: it takes the rate of the hat.
        const known = rows.find((r) => r.training === training && r.bits === bits && r.spread === spread)?.rate
        const rate = known ?? (await rateOf(await open(HAT, trialKey, learns), trialKey, device, from))
        for (const key of keys) {
          const run = await open(problem, key, learns)
          const { errors } = await tune(run, key, { ...device, rate }, 'test')
          const signs = await tune(run, key, { ...device, rate }, 'test', randomSigns(deviceNodePerturbation()))
          const { after, solved } = signs.errors
          const float = learns ? (await run.parts.experiment.measure(run.variables, 'test')).relativeL2 : null
          rows.push({ problem, training, key, bits, spread, rate, float, ...errors, randomSign: { after, solved } })
          const moves = `${digits(errors.before)} → ${digits(errors.after)}, random signs ${digits(after)}`
          log(`${problem}, ${training}, ${bits} bits, key ${key}: ${moves}`)
        }
      }
      return { quantised, trained: rows }
    } finally {
      for (const run of opened.values()) await (await run)[Symbol.asyncDispose]()
    }
  },
  table({ quantised, trained: rows }) {
    const problems = [...new Set(quantised.map((q) => q.problem))]
    const name = ({ problem, training, bits, spread }: TrainedRow): string =>
      [problem, training, bits, spread].join('; ')
    const groups = [...new Set(rows.map(name))].map((group) => rows.filter((row) => name(row) === group))
    return [
      titled(
        'Relative L2 on the test split in the integers of Loihi 2, two layers of 64 on each side',
        [
          ['problem', 'floats', '8 bits', '6 bits', '4 bits'],
          ...problems.map((problem) => {
            const own = quantised.filter((q) => q.problem === problem)
            const at = (bits: number): string =>
              meanSpread(own.map((q) => q.quantised.find((w) => w.bits === bits)?.error))
            return [problem, meanSpread(own.map((q) => q.float)), ...[8, 6, 4].map(at)]
          }),
        ],
        'Mean and spread over keys, for operators over pairs of network and data keys; trained by eligibility. The host computes the constant currents of the first layers, readouts and the product of an operator network.',
      ),
      titled(
        'Training on the chip by node perturbation, in integers',
        [
          [
            ...['problem', 'training', 'bits', 'spread', 'floats', 'before', 'after', 'random signs'],
            ...['after, readout solved', 'random signs, readout solved', 'rate'],
          ],
          ...groups.map((group) => {
            const { problem, training, bits, spread, rate } = group[0]!
            const of = (field: 'float' | 'before' | 'after' | 'solved'): string =>
              meanSpread(group.map((row) => row[field]))
            const ofSigns = (field: keyof Trained): string => meanSpread(group.map((row) => row.randomSign[field]))
            return [
              ...[problem, training, String(bits), `${Math.round(100 * spread)} %`],
              ...[
                of('float'),
                of('before'),
                of('after'),
                ofSigns('after'),
                of('solved'),
                ofSigns('solved'),
                `2^${rate}`,
              ],
            ]
          }),
        ],
        'Fine-tuning takes 300 steps with the readout held, 300 each of branch and trunk; random weights 800 with a learned readout. The rate is the first largest update in weight steps, by the validation points of another key. Random signs: the same training, with the sign of every estimate drawn at random.',
      ),
    ].join('\n\n')
  },
  finding({ trained: [first, ...others] }) {
    const same = ['training', 'bits', 'spread', 'problem'] as const
    const group = [first!, ...others].filter((r) => same.every((name) => r[name] === first![name]))
    const of = (field: 'float' | 'before' | 'after'): string =>
      digits(sampleMean(group.map((row) => row[field] ?? NaN)))
    return `Training on a simulated chip (${first!.problem}, ${first!.bits} bits, a spread of ${Math.round(100 * first!.spread)} %) brings the relative L2 error from ${of('before')} to ${of('after')}; in floats it is ${of('float')}.`
  },
}
