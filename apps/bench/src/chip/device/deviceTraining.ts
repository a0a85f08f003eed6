/** Training on a simulated chip: a network in integers, its neurons as built, and the host's readout. */
import { jit, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, PointSet, Tensor } from '@spikeward/core'
import { deviceTensors, hostLoss, payloads, readoutTensors, runDevice, trainDevice } from '@spikeward/chip'
import type {
  DeviceArrays,
  DeviceLoss,
  DeviceNeurons,
  DeviceParams,
  DeviceTraining,
  ReadoutNumbers,
  HostTraining,
} from '@spikeward/chip'
import { ridgeReadout } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import type { ChipProblem } from '../chipProblems.js'
import { errorOf, readOut } from '../errorOf.js'
import { LAMBDA } from '../floatTraining.js'
import type { FloatReadout } from '../floatTraining.js'

/**
 * How the host treats its readout during training: it holds it, learns it with the delta rule by Adam, or solves it
 * every 100 steps.
 */
export type ReadoutTraining = 'held' | 'learned' | 'solved'

/** Steps between two solves, and the learning rate of a learned readout. */
const [SOLVE_EVERY, READOUT_RATE] = [100, 1e-2]

/** How a network is trained on the chip. */
export type TrainingOnChip = Pick<DeviceTraining, 'estimator' | 'loss' | 'steps' | 'batch' | 'rate' | 'key'> & {
  readonly readout: ReadoutTraining
}

/** Relative L2, with the readout as given and with the readout solved on the training points. */
export type DeviceErrors = { readonly relativeL2: number; readonly solved: number }

/** A network on the simulated chip. */
export type Device = {
  readonly errors: (split: 'validation' | 'test') => Promise<DeviceErrors>
  readonly train: (how: TrainingOnChip) => Promise<void>
  readonly dispose: () => void
}

/** Puts a network on the simulated chip. Targets are standardised by the readout's shift and scale. */
export async function openDevice(
  arrays: DeviceArrays,
  given: FloatReadout,
  { problem, range, byRow }: ChipProblem,
  backend: Backend,
): Promise<Device> {
  const { network } = arrays
  const { params: first, neurons } = deviceTensors(arrays, backend)
  let params: DeviceParams = first
  let readout: FloatReadout = given
  const [train, validation, test] = (['train', 'validation', 'test'] as const).map((split) =>
    problem.points(split),
  ) as [PointSet, PointSet, PointSet]
  const points = { train, validation, test }
  const unit = problem.domain.map(([low, high]) => ({ middle: (low + high) / 2, half: (range * (high - low)) / 2 }))
  const inputs = (x: Float64Array, count: number): Tensor => {
    const scaled = x.map((v, i) => (v - unit[i % unit.length]!.middle) / unit[i % unit.length]!.half)
    return tensor(payloads(network, scaled), { shape: [count, unit.length], dtype: 'i32', backend })
  }
  const x = {
    train: inputs(train.x, train.count),
    validation: inputs(validation.x, validation.count),
    test: inputs(test.x, test.count),
  }
  const targets = train.y.map((v) => (v - given.shift) / given.scale)
  const y = tensor(targets, { shape: [train.count, problem.outputs], dtype: 'f32', backend })
  const counts = jit((p: DeviceParams, n: readonly DeviceNeurons[], at: Tensor) => runDevice(network, n, p, at).at(-1)!)
  const ratesAt = async (p: DeviceParams, at: Tensor): Promise<Float64Array> => {
    const found = counts(p, neurons, at)
    const rates = Float64Array.from(await found.data(), (c) => Number(c) / network.time)
    found.dispose()
    return rates
  }
  const solve = async (p: DeviceParams): Promise<ReadoutNumbers> => {
    const { weight, bias } = ridgeReadout(await ratesAt(p, x.train), targets, train.count, LAMBDA)
    return { weight, bias, centre: new Float64Array(weight.length / bias.length) }
  }
  /** The readout as the loss holds it: errors are measured with the same readout as the training used. */
  const heldBy = async (loss: DeviceLoss, found: ReadoutNumbers): Promise<ReadoutNumbers> => {
    if (loss === hostLoss) return found
    const held = loss.held(network, readoutTensors(found))
    const [weight, bias, centre] = await Promise.all(
      [held.weight, held.bias, held.centre].map(async (t) => new Float64Array(await t.data())),
    )
    return { weight: weight!, bias: bias!, centre: centre! }
  }
  const hosts: Readonly<Record<ReadoutTraining, HostTraining>> = {
    held: { kind: 'held' },
    learned: { kind: 'learned', optimizer: adam(READOUT_RATE) },
    solved: { kind: 'solved', every: SOLVE_EVERY, solve },
  }
  const measured = (
    rates: Float64Array,
    { weight, bias, centre, shift, scale }: FloatReadout,
    at: PointSet,
  ): number => {
    const centred = rates.map((r, i) => r - centre[i % centre.length]!)
    const found = readOut(centred, { weight, bias }).map((v) => shift + scale * v)
    return errorOf(found, at, byRow)
  }
  return {
    async errors(split) {
      const rates = await ratesAt(params, x[split])
      return {
        relativeL2: measured(rates, readout, points[split]),
        solved: measured(rates, { ...readout, ...(await solve(params)) }, points[split]),
      }
    },
    async train({ readout: how, ...training }) {
      const trained = await trainDevice({
        ...training,
        network,
        neurons,
        params,
        readout,
        data: { x: x.train, y },
        host: hosts[how],
        backend,
      })
      params = trained.params
      readout = { ...readout, ...(await heldBy(training.loss ?? hostLoss, trained.readout)) }
    },
    dispose() {
      counts.dispose()
      treeLeaves([params, neurons, x, y]).forEach((t) => t.dispose())
    },
  }
}
