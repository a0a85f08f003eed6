/** A described network on a simulated chip that trains it. */
import {
  type Chip,
  type DeviceArrays,
  type DeviceEstimator,
  type DeviceLoss,
  type DeviceNeurons,
  type DeviceParams,
  type HostDecoder,
  type HostTraining,
  type LearnedWords,
  type ReadoutNumbers,
  type WordUse,
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
import { ridgeReadout } from '@spikeward/operators'
import {
  add,
  cast,
  clip,
  div,
  floor,
  jit,
  key as keyOf,
  matmul,
  mul,
  sub,
  tensor,
  treeLeaves,
  uniform,
} from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { type MlpDescription, type NirArray, doubles, toDoubles } from '@spikeward/nir'
import { adam } from '@spikeward/optim'
import { type OperatorPart, vector } from '../describeRun.js'
import { floatOf } from '../onChip.js'

/** How the host treats its readout while the chip learns. */
export const readoutTrainings = ['held', 'learned', 'solved'] as const

type ReadoutTraining = (typeof readoutTrainings)[number]

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

export type Watch = {
  /** Checks the estimator on a network before it learns. */
  readonly check: (arrays: DeviceArrays, samples: number) => Promise<void>
  readonly report: (part: PartName, step: number, loss: number) => void
  /** Ends the training with what it has learned. */
  readonly signal: AbortSignal
}

export type PartName = 'network' | OperatorPart

export type Samples = {
  readonly x: readonly ArrayLike<number>[]
  /** Targets in the unit of the readout and the decoder behind it, [samples · outputs] row-major. */
  readonly y: Float64Array
  /** The map behind the readout; null: the readout gives the outputs. */
  readonly decoder: HostDecoder | null
}

export type OnDevice = {
  readonly arrays: DeviceArrays
  readonly readout: () => ReadoutNumbers
  /** Spike counts of the last layer, [inputs · neurons]. */
  readonly counts: (x: readonly ArrayLike<number>[]) => Promise<Float64Array>
  /**
   * @returns the steps that were taken, and the largest magnitude of every value on the chip, proved from the formats
   * @throws CHIP_WIDTH; CHIP_ESTIMATOR
   */
  readonly train: (
    samples: Samples,
    watch: Watch,
  ) => Promise<{ readonly steps: number; readonly uses: readonly WordUse[] }>
  /** The readout with the least squared error on samples. */
  readonly solved: (samples: Samples) => Promise<ReadoutNumbers>
  /** The network as a function of tensors: what its readout gives for inputs [N, inputs]. Traceable. */
  readonly block: (readout: ReadoutNumbers) => (x: Tensor) => Tensor
  readonly words: () => Promise<readonly LearnedWords[]>
  readonly dispose: () => void
}

/** The learning rate of Adam for a learned readout, and the ridge parameter of a solved one. */
const [READOUT_RATE, LAMBDA] = [1e-2, 1e-6]

const ROWS = 8192

export const numbers = async (t: Tensor): Promise<Float64Array> => new Float64Array(await t.data())

async function uniformFrom(key: number, stream: number, { layers }: DeviceArrays): Promise<() => number> {
  const needed = layers.reduce((sum, { threshold, working }) => sum + 4 * threshold.length + working.length, 0)
  const uniforms = await uniform(keyOf(key).fold(stream), [needed]).data()
  let next = 0
  return () => Number(uniforms[next++])
}

export const readoutOf = ({ readout }: MlpDescription): ReadoutNumbers => ({
  weight: toDoubles(readout.weight),
  bias: toDoubles(readout.bias),
  centre: toDoubles(readout.centre),
})

export const withReadout = (mlp: MlpDescription, { weight, bias, centre }: ReadoutNumbers): MlpDescription => ({
  ...mlp,
  readout: {
    weight: doubles([centre.length, bias.length], Array.from(weight)),
    bias: vector(bias),
    centre: vector(centre),
  },
})

export function withLearned(
  mlp: MlpDescription,
  arrays: DeviceArrays,
  words: readonly LearnedWords[],
  readout: ReadoutNumbers,
): MlpDescription {
  const { layers } = fromDevice(arrays, floatOf(mlp), words)
  return {
    ...withReadout(mlp, readout),
    layers: mlp.layers.map((layer, l) => {
      const { weight, bias } = layers[l]!
      return {
        ...layer,
        affine: {
          weight: doubles([weight.rows, weight.columns], Array.from(weight.values)),
          bias: vector(bias),
        },
      }
    }),
  }
}

const streams: Readonly<Record<PartName, number>> = { network: 1, branch: 1, trunk: 2 }

/** Puts a network on a simulated chip. */
export async function onDevice(
  name: PartName,
  mlp: MlpDescription,
  how: ChipTraining,
  backend: Backend,
): Promise<OnDevice> {
  const perfect = toDevice(how.chip, floatOf(mlp), { bits: how.bits })
  const { spread, stuck } = how
  const arrays =
    spread === 0 && stuck === 0
      ? perfect
      : withMismatch(perfect, { spread, stuck, uniform: await uniformFrom(how.key, streams[name], perfect) })
  const { network } = arrays
  const { params: first, neurons } = deviceTensors(arrays, backend)
  let params: DeviceParams = first
  let readout = readoutOf(mlp)
  const inputs = (rows: readonly ArrayLike<number>[]): Tensor => {
    const flat = Float64Array.from(rows.flatMap((row) => Array.from(row)))
    const shape = [rows.length, network.layers[0]!.fanIn]
    return tensor(payloads(network, flat), { shape, dtype: 'i32', backend })
  }
  const run = jit((p: DeviceParams, n: readonly DeviceNeurons[], x: Tensor) => runDevice(network, n, p, x).at(-1)!)
  const countsAt = async (p: DeviceParams, rows: readonly ArrayLike<number>[]): Promise<Float64Array> => {
    const parts: number[][] = []
    for (let from = 0; from < rows.length; from += ROWS) {
      const x = inputs(rows.slice(from, from + ROWS))
      const outputs = run(p, neurons, x)
      parts.push(Array.from(await outputs.data(), Number))
      for (const t of [x, outputs]) t.dispose()
    }
    return Float64Array.from(parts.flat())
  }
  const solve = async (p: DeviceParams, { x, y, decoder }: Samples): Promise<ReadoutNumbers> => {
    const rates = (await countsAt(p, x)).map((c) => c / network.time)
    const targets = decoder === null ? y : codesOf(y, decoder)
    return { ...ridgeReadout(rates, targets, x.length, LAMBDA), centre: new Float64Array(readout.centre.length) }
  }
  const hostOf = (samples: Samples): HostTraining =>
    (
      ({
        held: { kind: 'held' },
        learned: { kind: 'learned', optimizer: adam(READOUT_RATE) },
        solved: { kind: 'solved', every: how.solveEvery, solve: (p: DeviceParams) => solve(p, samples) },
      }) as const
    )[how.readout]
  const place = (values: NirArray): Tensor =>
    tensor(toDoubles(values), { shape: [...values.shape], dtype: 'f32', backend })
  return {
    arrays,
    readout: () => readout,
    counts: (x) => countsAt(params, x),
    async train(samples, watch) {
      const { x, y, decoder } = samples
      const outputs = y.length / x.length
      const uses = checkWords(network, how.estimator, how.batch, how.loss, outputs)
      await watch.check(arrays, how.batch)
      const data = { x: inputs(x), y: tensor(y, { shape: [x.length, outputs], dtype: 'f32', backend }) }
      const trained = await trainDevice({
        network,
        neurons,
        params,
        readout,
        ...(decoder === null ? {} : { decoder }),
        data,
        estimator: how.estimator,
        loss: how.loss,
        host: hostOf(samples),
        steps: how.steps,
        batch: how.batch,
        rate: how.rate,
        key: how.key,
        backend,
        progress: {
          every: Math.max(1, Math.round(how.steps / 20)),
          report: (step, loss) => watch.report(name, step, loss),
        },
        signal: watch.signal,
      })
      params = trained.params
      readout = trained.readout
      treeLeaves(data).forEach((t) => t.dispose())
      return { steps: trained.steps, uses }
    },
    solved: (samples) => solve(params, samples),
    block(weights) {
      const { weight, bias, centre } = readoutTensors(weights, backend)
      const { normalise } = mlp
      const [middle, factor] = normalise === null ? [null, null] : [place(normalise.middle), place(normalise.factor)]
      return (x) => {
        const scaled = middle === null ? x : mul(sub(x, middle), factor)
        const payload = cast(floor(add(mul(clip(scaled, -1, 1), 2 ** network.inputBits), 0.5)), 'i32')
        const rates = div(cast(runDevice(network, neurons, params, payload).at(-1)!, 'f32'), network.time)
        return add(matmul(sub(rates, centre), weight), bias)
      }
    },
    words: () =>
      Promise.all(
        params.map(async ({ weight, bias }) => ({ weight: await numbers(weight), bias: await numbers(bias) })),
      ),
    dispose() {
      treeLeaves([params, neurons]).forEach((t) => t.dispose())
      run.dispose()
    },
  }
}

/** The ridge parameter of the codes: the outputs of a decoder hardly depend on some directions of them. */
const CODE_LAMBDA = 1e-8

/**
 * The codes z of samples whose decoded outputs z D + d are nearest to targets, [samples · codes] row-major.
 *
 * @param y targets [samples · outputs], row-major
 */
export function codesOf(y: Float64Array, { weight, bias }: HostDecoder): Float64Array {
  const outputs = bias.length
  const [codes, samples] = [weight.length / outputs, y.length / outputs]
  // A ridge regression of the outputs on the columns of D. Each pair occurs with both signs, so that the fitted
  // constant is 0.
  const [features, targets] = [new Float64Array(2 * outputs * codes), new Float64Array(2 * outputs * samples)]
  for (let o = 0; o < outputs; o++) {
    for (const [row, sign] of [
      [o, 1],
      [outputs + o, -1],
    ] as const) {
      for (let k = 0; k < codes; k++) features[row * codes + k] = sign * weight[k * outputs + o]!
      for (let n = 0; n < samples; n++) targets[row * samples + n] = sign * (y[n * outputs + o]! - bias[o]!)
    }
  }
  const solved = ridgeReadout(features, targets, 2 * outputs, CODE_LAMBDA).weight
  return Float64Array.from(
    { length: samples * codes },
    (_, i) => solved[(i % codes) * samples + Math.floor(i / codes)]!,
  )
}
