/** A trained time-stepper of convolutions, event by event or in few spikes, in floats and on a chip. */
import { SpikewardError, Tensor, add, clip, convolve, div, floor, isRecord, jit, key as keyOf } from '@spikeward/core'
import { mul, reshape, scan, slice, sum, tensor, uniform } from '@spikeward/core'
import type { Affine, Backend, ByLayer, Key, RolloutProblem } from '@spikeward/core'
import { fieldWords, floatStepper, quantiseStepper, runStepper, stepperTraffic } from '@spikeward/chip'
import { tuneStepper, withStepperMismatch } from '@spikeward/chip'
import type { Chip, ChipStepper, FloatStepper } from '@spikeward/chip'
import { eventWork, loihi1Network, loihi1Times, networkEnergy, networkTime } from '@spikeward/energy'
import { spsa } from '@spikeward/estimators'
import { type CnnVariables, type ShiftScale, cnnConvolutions, cnnStep } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { rolloutError, sigmaDeltaRollout, sigmaDeltaStart, toSigmaDelta } from '@spikeward/train'
import type { SigmaDeltaThresholds } from '@spikeward/train'
import { networkLeaf } from '../../catalogue/kinds/networks.js'
import { unitsOf } from '../../assembly/network/buildNetwork.js'
import { declaredModels } from '../../catalogue/kinds/neurons.js'
import { spacedIndices } from '../../deployment/onChip.js'
import { alignedTable } from '../../io/texts.js'
import type { OpenedRun } from '../run/openFinished.js'

/** Values of all frames that thresholds are tuned on, about; and the most trajectories that are measured. */
const [TUNING, MEASURED] = [2 ** 18, 16]

/** Thresholds that fewer trajectories chose may err more on others than on these. */
const FEW = 8

/** The error that events may cause, in units of that of the dense network on the validation trajectories. */
const TOLERANCE = 1.02

/** A time-stepper of a run, event by event. */
export interface EventStepper {
  readonly layers: readonly Affine[]
  /** A step in floats, without events. */
  readonly step: typeof cnnStep
  /** Null for few-spike units, which send no changes. */
  readonly units: SigmaDeltaThresholds | null
  readonly floats: FloatStepper
  /** Frames of validation trajectories, which calibrate a chip. */
  readonly calibration: Float64Array
}

const cannot = (why: string, remedy: string): SpikewardError =>
  new SpikewardError(
    'CLI_NOT_DEPLOYABLE',
    `${why}, and a chip runs a time-stepper of rectified convolutions event by event; ${remedy}`,
  )

const remedy = 'train a problem that is periodic in space with --task rollout --network cnn --spiking none'

/** The loss for other readers of the NIR file of a time-stepper in sigma–delta form. */
export const stepperLosses = ['its units send changes or digits of values, which the standard lacks'] as const

/** Whether a run is a time-stepper, which {@link eventStepper} turns into sigma–delta form. */
export const isStepper = ({ parts }: OpenedRun): boolean =>
  parts.experiment.kind === 'operator' && parts.experiment.rollout !== null

/** Few-spike units: steps of a cycle, and the range of values that are not learned. */
type FewSpike = { readonly cycle: number; readonly range: number }

type Described = {
  readonly problem: RolloutProblem
  readonly grid: readonly number[]
  readonly input: ShiftScale
  readonly fewSpike: FewSpike | null
}

async function fewSpikeOf({ config }: OpenedRun): Promise<FewSpike | null> {
  if (config.spiking === 'none') return null
  const { neuron, time } = await unitsOf(config)
  const [declared] = await declaredModels(config.neuron, config.neuronOptions)
  const { activation, bits, range } = declared?.values ?? {}
  if (neuron.name === 'sigmaDelta' && activation !== 'identity') return null
  if (neuron.name !== 'fewSpike' || typeof bits !== 'number' || typeof range !== 'number')
    throw cannot(
      `the neurons of this run are ${config.neuron}, which take several time steps for a value or send no changes`,
      'train with --spiking none, --neuron sigmaDelta or --neuron fewSpike',
    )
  if (time % bits !== 0)
    throw cannot(
      `the neurons of this run send ${bits} digits in cycles, and ${time} steps are not a multiple of it`,
      `train with --time ${bits}`,
    )
  return { cycle: bits, range }
}

/** @throws CLI_NOT_DEPLOYABLE if the chip has no counterpart, with the reason */
async function describe(run: OpenedRun): Promise<Described> {
  const { config, parts } = run
  const { experiment } = parts
  if (experiment.kind !== 'operator' || experiment.rollout === null)
    throw cannot(`${config.problem} is not learned as a time-stepper`, remedy)
  const { name } = networkLeaf(config.network)
  if (name !== 'cnn') throw cannot(`the network of this run is ${name}`, remedy)
  const fewSpike = await fewSpikeOf(run)
  const problem = experiment.rollout
  const { grid } = problem.trajectory
  const { readRecord } = await import('../../assembly/network/readRecord.js')
  const { data } = readRecord(experiment.record ?? undefined)
  if (!(data['periodic'] as readonly boolean[]).every(Boolean))
    throw cannot(`${config.problem} has ends, where the normalisation of its input has no counterpart`, remedy)
  const { shift = 0, scale = 1 } = (data['input'] ?? {}) as Partial<ShiftScale>
  return { problem, grid, input: { shift, scale }, fewSpike }
}

/** Frames of some trajectories of a split, spread over all: [frames, trajectories, …grid, channels]. */
async function framesOf(problem: RolloutProblem, split: 'validation' | 'test', most: number, backend: Backend) {
  const { count, values } = await problem.states(split)
  const { frames, grid, channels } = problem.trajectory
  const [size, fields] = [problem.sensors.count, channels.length]
  const cells = size / fields
  const chosen = spacedIndices(count, most)
  const data = new Float32Array(frames * chosen.length * size)
  for (let t = 0; t < frames; t++)
    chosen.forEach((trajectory, to) => {
      // A row has one field after another.
      const [from, place] = [(trajectory * frames + t) * size, (t * chosen.length + to) * size]
      for (let i = 0; i < size; i++) data[place + (i % cells) * fields + Math.floor(i / cells)] = values[from + i]!
    })
  return tensor(data, { shape: [frames, chosen.length, ...grid, fields], backend })
}

/** The median of each of several channels. */
const medians = (values: Float64Array, channels: number): number[] =>
  Array.from({ length: channels }, (_, c) => {
    const own = values.filter((_, i) => i % channels === c).sort()
    return own[Math.floor(own.length / 2)]!
  })

/** A step with few-spike units in floats, whose values are whole parts of their ranges. */
const fewSpikeStep =
  (levels: number, ranges: readonly Tensor[]): typeof cnnStep =>
  ({ layers }, u) => {
    const value = (x: Tensor, range: Tensor): Tensor =>
      mul(clip(floor(mul(div(x, range), levels)), 0, levels - 1), div(range, levels))
    const read = (x: Tensor, layer: Affine, l: number): Tensor =>
      convolve(layer, l === 0 ? x : value(x, ranges[l - 1]!), { edges: 'circular' })
    return add(u, layers.reduce(read, u))
  }

/** Ranges of the hidden channels of each layer: learned ones, or that of all. */
const rangesOf = ({ trained }: CnnVariables, range: number, backend: Backend): Tensor[] =>
  trained.layers.map(({ neurons, bias }) => {
    const learned: unknown = isRecord(neurons) ? neurons['range'] : undefined
    return learned instanceof Tensor
      ? learned
      : tensor(
          Array.from({ length: bias.shape[0]! }, () => range),
          { backend },
        )
  })

/**
 * Turns the time-stepper of a run into sigma–delta form: rectified convolutions with a threshold for each channel,
 * tuned forward only on validation trajectories, within 1.02 of the dense network's error. Before the first step layers
 * hold the values that the median of these trajectories' first fields gives. Few-spike units stay as trained.
 *
 * @throws CLI_NOT_DEPLOYABLE
 */
export async function eventStepper(run: OpenedRun): Promise<EventStepper> {
  const { backend, variables } = run
  const { problem, grid, input, fewSpike } = await describe(run)
  const layers = cnnConvolutions(variables as CnnVariables, { grid, input })
  const { frames } = problem.trajectory
  const most = Math.max(FEW, Math.floor(TUNING / (frames * problem.sensors.count)))
  const reference = await framesOf(problem, 'validation', most, backend)
  const calibration = Float64Array.from(await reference.data(), Number)
  if (fewSpike !== null) {
    const { cycle, range } = fewSpike
    const ranges = rangesOf(variables as CnnVariables, range, backend)
    const whole = tensor(
      Array.from({ length: problem.outputs }, () => 1),
      { backend },
    )
    const thresholds = [whole, ...ranges.map((r) => mul(r, 0.5))]
    const field = { cells: grid, edges: 'circular', rest: 0, cycle } as const
    const floats = await floatStepper(layers, { thresholds }, field)
    return { layers, step: fewSpikeStep(2 ** cycle, ranges), units: null, calibration, floats }
  }
  const rest = medians(calibration.slice(0, calibration.length / frames), problem.outputs)
  const units = await toSigmaDelta(
    cnnStep,
    { layers },
    {
      ...{ reference, rest, tolerance: TOLERANCE, leaks: [0.5, 1], key: keyOf(run.config.key, { backend }) },
      ...{ estimator: spsa({ size: 0.1, directions: 2 }), optimizer: adam(0.1) },
    },
  )
  const thresholds = layers.map((_, l) => units.thresholds[`layers.${l}.weight`]!)
  const field = { cells: grid, edges: 'circular', rest } as const
  const floats = await floatStepper(layers, { thresholds, leak: units.leak }, field)
  return { layers, step: cnnStep, units, calibration, floats }
}

/** A chip whose weights and thresholds differ from their words, and fine-tuning on it; by default neither. */
export type Imperfection = {
  /** Relative standard deviation of weights and thresholds. */
  readonly spread?: number | undefined
  /** Perturbations of the fine-tuning, forward only. */
  readonly fineTune?: number | undefined
}

/** Trajectories of a perturbation. */
const TUNED_ON = 4

const numbersFrom = async (key: Key, count: number): Promise<() => number> => {
  const values = await uniform(key, [count]).data()
  let next = 0
  return () => Number(values[next++])
}

/** An imperfect chip, and the words that it holds after fine-tuning on validation trajectories. */
async function tunedOn(
  { config, backend }: OpenedRun,
  network: ChipStepper,
  { spread = 0, fineTune = 0 }: Imperfection,
  data: { readonly fields: Float64Array; readonly count: number },
) {
  const [mismatchKey, own] = keyOf(config.key, { backend }).fold(1).split(2)
  const sizes = network.layers.map((l) => l.weights.length + 2 * (l.inputs + l.outputs))
  const most = sizes.reduce((a, b) => a + b, 0)
  const onChip = withStepperMismatch(network, { spread, uniform: await numbersFrom(mismatchKey!, 2 * most) })
  const tune = async (randomSigns: boolean): Promise<ChipStepper> => {
    if (fineTune === 0) return network
    const random = await numbersFrom(own!, fineTune * (most + TUNED_ON + 1))
    const how = { onChip, ...data, steps: fineTune, batch: TUNED_ON, uniform: random, randomSigns, backend }
    return (await tuneStepper(network, how)).stepper
  }
  return { onChip, words: await tune(false), randomSigns: await tune(true) }
}

/** A time-stepper on a chip, with its errors on test trajectories, and the work of one of them. */
export interface StepperOnChip {
  readonly network: ChipStepper
  /** Words of the first of these trajectories' initial field, for a replay. */
  readonly field: Int32Array
  readonly trajectories: number
  /** Validation trajectories that the thresholds were chosen on; null: they were not. */
  readonly chosenOn: number | null
  readonly steps: number
  readonly relativeL2: number
  readonly relativeL2Trained: number
  /** On the imperfect chip: without fine-tuning, and after fine-tuning with random signs. Null: the chip is perfect. */
  readonly imperfect: {
    readonly spread: number
    readonly steps: number
    readonly untuned: number
    readonly randomSigns: number
  } | null
  /** In floats, event by event. */
  readonly relativeL2Events: number
  /** Messages and synaptic operations of a trajectory, and those operations ÷ the dense network's. */
  readonly events: number
  readonly operations: number
  readonly operationsRatio: number
  /** Nanojoules of a trajectory, and of the dense network's on the same chip. */
  readonly energy: number
  readonly energyDense: number
  /** Units of simulated time that the chip computes in a second. */
  readonly realTimeFactor: number
}

/** Quantises a time-stepper for a chip, and measures it on test trajectories bit-accurately. */
export async function stepperOnChip(
  run: OpenedRun,
  chip: Chip,
  { layers, step, units, floats, calibration }: EventStepper,
  { spread = 0, fineTune = 0, ...options }: { readonly bits?: number } & Imperfection,
): Promise<StepperOnChip> {
  const { backend } = run
  const { problem } = await describe(run)
  const quantised = quantiseStepper(chip, floats, calibration, options)
  const all = await framesOf(problem, 'test', MEASURED, backend)
  const [frames, trajectories] = all.shape as [number, number]
  const steps = frames - 1
  const start = reshape(
    slice(all, [0, ...all.shape.slice(1).map(() => 0)], [1, ...all.shape.slice(1)]),
    all.shape.slice(1),
  )
  const truth = slice(all, [1, ...all.shape.slice(1).map(() => 0)], all.shape)
  const errors = jit((p: { readonly layers: readonly Affine[] }, thresholds: ByLayer, u: Tensor, v: Tensor) => {
    const advance = (w: Tensor): [Tensor, Tensor] => {
      const next = step(p, w)
      return [next, next]
    }
    const dense = rolloutError(scan(advance, u, null, { length: steps })[1], v)
    if (units === null) return [dense, dense] as const
    const state = sigmaDeltaStart(cnnStep, p, u, floats.rest)
    const { fields } = sigmaDeltaRollout(cnnStep, p, { thresholds, leak: units.leak }, state, steps)
    return [dense, rolloutError(fields, v)] as const
  })
  const [dense, events] = errors({ layers }, units?.thresholds ?? {}, start, truth)
  const words = fieldWords(quantised, Float64Array.from(await start.data(), Number))
  const u = tensor(words, { shape: start.shape, dtype: 'i32', backend })
  const cells = problem.sensors.count
  const data = { fields: calibration, count: calibration.length / (frames * cells) }
  const { onChip, words: network, randomSigns } = await tunedOn(run, quantised, { spread, fineTune }, data)
  const measured = async (stepper: ChipStepper) => {
    const { fields, messages } = jit((v: Tensor) => runStepper(onChip(stepper), v, steps, backend))(u)
    const values = Float32Array.from(await fields.data(), (v) => Number(v) / network.fieldScale)
    const error = await rolloutError(tensor(values, { shape: truth.shape, backend }), truth).item()
    return { error, sent: await Promise.all(messages.map(async (m) => (await sum(m).item()) / trajectories)) }
  }
  const { error, sent } = await measured(network)
  const imperfect =
    spread === 0 && fineTune === 0
      ? null
      : {
          ...{ spread, steps: fineTune, untuned: (await measured(quantised)).error },
          randomSigns: (await measured(randomSigns)).error,
        }
  const traffic = stepperTraffic(network, sent)
  const everything = stepperTraffic(
    { ...network, cycle: null },
    network.report.map(({ neurons }) => neurons * steps),
  )
  const energyOf = (work: typeof traffic): number =>
    networkEnergy(eventWork(work, { evaluations: steps, conversions: cells * (1 + steps) }), loihi1Network) / 1000
  const operationsOf = (work: typeof traffic): number => work.reduce((n, l) => n + l.operations, 0)
  return {
    ...{ network, field: words.slice(0, cells), trajectories, chosenOn: units && data.count, steps },
    ...{ relativeL2: error, imperfect },
    relativeL2Trained: await dense.item(),
    relativeL2Events: await events.item(),
    events: sent.reduce((a, b) => a + b, 0),
    operations: operationsOf(traffic),
    operationsRatio: operationsOf(traffic) / operationsOf(everything),
    energy: energyOf(traffic),
    energyDense: energyOf(everything),
    realTimeFactor: (1e9 * steps * problem.trajectory.interval) / networkTime(traffic, steps, loihi1Times),
  }
}

/** The source of energies and times: those of Loihi 1, since this project has no published ones of Loihi 2. */
const priced = (chip: Chip): string =>
  `energy and real-time factor: published costs of loihi1 (${loihi1Network.source})${chip.name === 'loihi1' ? '' : `, which stand for those of ${chip.name}`}`

const imperfectLine = ({ imperfect, relativeL2 }: StepperOnChip): string =>
  imperfect === null
    ? ''
    : `weights and thresholds of this chip differ by ${100 * imperfect.spread} %: relative L2 ${imperfect.untuned.toFixed(4)} as quantised, ${relativeL2.toFixed(4)} after ${imperfect.steps} perturbations on it, ${imperfect.randomSigns.toFixed(4)} with random signs\n`

const fewLine = ({ chosenOn }: StepperOnChip): string =>
  chosenOn === null || chosenOn >= FEW
    ? ''
    : `thresholds were chosen on ${chosenOn} validation trajectories, and may err more on others: train with ${FEW} or more, the second number of --sizes\n`

/** Errors and costs of a time-stepper on a chip, in words. */
export const stepperLines = (r: StepperOnChip): string =>
  `${r.network.chip.name}: relative L2 ${r.relativeL2.toFixed(4)} on ${r.trajectories} test trajectories of ${r.steps} steps, ${r.network.cycle === null ? `${r.relativeL2Events.toFixed(4)} event by event in floats, ${r.relativeL2Trained.toFixed(4)} dense` : `${r.relativeL2Trained.toFixed(4)} as trained`}
a trajectory: ${r.events.toFixed(0)} events, ${r.operations.toExponential(2)} operations (${r.operationsRatio.toFixed(3)} of dense), ${r.energy.toExponential(2)} nJ (${(r.energy / r.energyDense).toFixed(3)} of dense), real-time factor ${r.realTimeFactor.toFixed(0)}
${imperfectLine(r)}${fewLine(r)}${priced(r.network.chip)}
`

/** The convolutions of a time-stepper on a chip, and the range of the thresholds of the units that send to each. */
export const stepperTable = ({ network: { layers, report, chip } }: StepperOnChip): string =>
  alignedTable(
    [
      'convolution',
      'units',
      'synapses of a message',
      'bytes of weights',
      'RMS error of weights',
      'cores',
      'thresholds',
    ],
    report.map((r, l) =>
      [
        ...[l, r.neurons, r.fanOut, r.weightBytes, r.rmsWeightError.toPrecision(3), `${r.cores} of ${chip.cores}`],
        `${Math.min(...layers[l]!.vth)} to ${Math.max(...layers[l]!.vth)}`,
      ].map(String),
    ),
  )
