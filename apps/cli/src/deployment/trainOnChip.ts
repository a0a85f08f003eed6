import { SpikewardError, jit, key as keyOf, relativeL2, tensor, treeLeaves, uniform } from '@spikeward/core'
import type { Backend, PointSet, RegressionProblem, Tensor } from '@spikeward/core'
import {
  checkWords,
  deviceTensors,
  fromDevice,
  payloads,
  readoutTensors,
  runDevice,
  toDevice,
  trainDevice,
  withMismatch,
} from '@spikeward/chip'
import type {
  Chip,
  DeviceArrays,
  DeviceEstimator,
  DeviceLoss,
  DeviceNeurons,
  DeviceParams,
  HostTraining,
  LearnedWords,
  ReadoutNumbers,
  WordUse,
} from '@spikeward/chip'
import { doubles, toDoubles } from '@spikeward/nir'
import type { MlpDescription } from '@spikeward/nir'
import { ridgeReadout } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { floatOf, inputsOf, readOut } from './onChip.js'

/** What the host does with its readout while the chip learns. */
export const readoutTrainings = ['held', 'learned', 'solved'] as const

/** One of them. */
export type ReadoutTraining = (typeof readoutTrainings)[number]

/** How a network is trained on a chip. */
export type ChipTraining = {
  readonly chip: Chip
  readonly bits: number
  /** Relative spread of thresholds and decays between neurons, and the share of synapses that are stuck at 0. */
  readonly spread: number
  readonly stuck: number
  readonly estimator: DeviceEstimator
  readonly loss: DeviceLoss
  readonly readout: ReadoutTraining
  readonly solveEvery: number
  readonly steps: number
  readonly batch: number
  readonly rate: number
  readonly key: number
}

/** Relative L2 on the test points: before and after training there, and after a solve of the readout. */
type ChipErrors = { readonly before: number; readonly after: number; readonly solved: number }

/** A network that was trained on a chip. */
export type TrainedOnChip = {
  /** The network on the chip before training, with the neurons as built. */
  readonly arrays: DeviceArrays
  readonly words: readonly LearnedWords[]
  readonly readout: ReadoutNumbers
  /** In floats: the weights, biases and readout that were learned. */
  readonly learned: MlpDescription
  readonly errors: ChipErrors
  readonly steps: number
  /** The largest magnitude of every value on the chip, proved from the formats. */
  readonly uses: readonly WordUse[]
}

/** The learning rate of Adam for a learned readout, and the ridge parameter of a solved one. */
const [READOUT_RATE, LAMBDA] = [1e-2, 1e-6]

/** Points that are evaluated at once. */
const ROWS = 8192

/** Uniform numbers in [0, 1) for the imperfections of a network. */
async function uniformFrom(key: number, { layers }: DeviceArrays): Promise<() => number> {
  const needed = layers.reduce((sum, { threshold, working }) => sum + 4 * threshold.length + working.length, 0)
  const drawn = await uniform(keyOf(key).fold(1), [needed]).data()
  let next = 0
  return () => Number(drawn[next++])
}

/** A network with other weights and another readout. */
function withLearned(
  mlp: MlpDescription,
  arrays: DeviceArrays,
  words: readonly LearnedWords[],
  readout: ReadoutNumbers,
) {
  const { layers } = fromDevice(arrays, floatOf(mlp), words)
  const outputs = readout.bias.length
  return {
    ...mlp,
    layers: mlp.layers.map((layer, l) => {
      const { weight, bias } = layers[l]!
      return {
        ...layer,
        affine: {
          weight: doubles([weight.rows, weight.columns], Array.from(weight.values)),
          bias: doubles([bias.length], Array.from(bias)),
        },
      }
    }),
    readout: {
      weight: doubles([readout.centre.length, outputs], Array.from(readout.weight)),
      bias: doubles([outputs], Array.from(readout.bias)),
      centre: doubles([readout.centre.length], Array.from(readout.centre)),
    },
  }
}

/** Targets in the unit of the readout. */
function standardised({ output }: MlpDescription, { y }: PointSet): Float64Array {
  if (output === null) return y
  const [shift, scale] = [toDoubles(output.shift), toDoubles(output.scale)]
  return y.map((v, i) => (v - shift[i % shift.length]!) / scale[i % scale.length]!)
}

/**
 * Puts a network on a simulated chip and trains it there, in integers.
 *
 * @param problem whose training points are learned and whose test points measure
 * @param watch progress, and a signal that ends the training with what it has learned
 * @throws CHIP_GRADED, CHIP_RANGE, CHIP_LIMIT, CHIP_SOFT_RESET, CHIP_WIDTH; CLI_NOT_DEPLOYABLE
 */
export async function trainOnChip(
  mlp: MlpDescription,
  problem: RegressionProblem,
  how: ChipTraining,
  backend: Backend,
  watch: { readonly report: (step: number, loss: number) => void; readonly signal: AbortSignal },
): Promise<TrainedOnChip> {
  const perfect = toDevice(how.chip, floatOf(mlp), { bits: how.bits })
  const { spread, stuck } = how
  const isPerfect = spread === 0 && stuck === 0
  const arrays = isPerfect
    ? perfect
    : withMismatch(perfect, { spread, stuck, uniform: await uniformFrom(how.key, perfect) })
  const { network } = arrays
  const uses = checkWords(network, how.estimator, how.batch, how.loss, problem.outputs)
  const [train, test] = [problem.points('train'), problem.points('test')]
  if (train.count === 0 || test.count === 0)
    throw new SpikewardError('CLI_NOT_DEPLOYABLE', `${problem.name} has no training or no test points`)
  const inputs = ({ count, ...points }: PointSet, from: number, to: number): Tensor => {
    const rows = inputsOf(mlp, { count, ...points }).slice(from, to)
    const flat = Float64Array.from(rows.flatMap((row) => Array.from(row)))
    return tensor(payloads(network, flat), { shape: [rows.length, problem.inputs], dtype: 'i32', backend })
  }
  const { params, neurons } = deviceTensors(arrays, backend)
  const counts = jit((p: DeviceParams, n: readonly DeviceNeurons[], x: Tensor) => runDevice(network, n, p, x).at(-1)!)
  const countsAt = async (p: DeviceParams, points: PointSet): Promise<Float64Array> => {
    const parts: number[][] = []
    for (let from = 0; from < points.count; from += ROWS) {
      const x = inputs(points, from, Math.min(points.count, from + ROWS))
      const found = counts(p, neurons, x)
      parts.push(Array.from(await found.data(), Number))
      for (const t of [x, found]) t.dispose()
    }
    return Float64Array.from(parts.flat())
  }
  const given: ReadoutNumbers = {
    weight: toDoubles(mlp.readout.weight),
    bias: toDoubles(mlp.readout.bias),
    centre: toDoubles(mlp.readout.centre),
  }
  const targets = standardised(mlp, train)
  const solve = async (p: DeviceParams): Promise<ReadoutNumbers> => {
    const rates = (await countsAt(p, train)).map((c) => c / network.time)
    return { ...ridgeReadout(rates, targets, train.count, LAMBDA), centre: new Float64Array(given.centre.length) }
  }
  const errorOf = async (p: DeviceParams, readout: ReadoutNumbers): Promise<number> => {
    const read = withLearned(mlp, arrays, arrays.layers, readout)
    return relativeL2(readOut(read, await countsAt(p, test)), test.y)
  }
  const hosts: Readonly<Record<ReadoutTraining, HostTraining>> = {
    held: { kind: 'held' },
    learned: { kind: 'learned', optimizer: adam(READOUT_RATE) },
    solved: { kind: 'solved', every: how.solveEvery, solve },
  }
  const before = await errorOf(params, given)
  const data = {
    x: inputs(train, 0, train.count),
    y: tensor(targets, { shape: [train.count, problem.outputs], dtype: 'f32', backend }),
  }
  const trained = await trainDevice({
    network,
    neurons,
    params,
    readout: given,
    data,
    estimator: how.estimator,
    loss: how.loss,
    host: hosts[how.readout],
    steps: how.steps,
    batch: how.batch,
    rate: how.rate,
    key: how.key,
    backend,
    progress: { every: Math.max(1, Math.round(how.steps / 20)), report: watch.report },
    signal: watch.signal,
  })
  // The network is read as the place of the losses holds its readout.
  const held = how.loss.held(network, readoutTensors(trained.readout))
  const numbers = async (t: Tensor): Promise<Float64Array> => Float64Array.from(await t.data(), Number)
  const readout = {
    weight: await numbers(held.weight),
    bias: await numbers(held.bias),
    centre: await numbers(held.centre),
  }
  const errors = {
    before,
    after: await errorOf(trained.params, readout),
    solved: await errorOf(trained.params, await solve(trained.params)),
  }
  const words = await Promise.all(
    trained.params.map(async ({ weight, bias }) => ({ weight: await numbers(weight), bias: await numbers(bias) })),
  )
  treeLeaves([trained.params, neurons, data]).forEach((t) => t.dispose())
  counts.dispose()
  return {
    arrays,
    words,
    readout,
    learned: withLearned(mlp, arrays, words, readout),
    errors,
    steps: trained.steps,
    uses,
  }
}
