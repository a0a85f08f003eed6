import { SpikewardError, coordsFrom, mul, onesLike, relativeL2, toOperatorTensors, zerosLike } from '@spikeward/core'
import type { Backend, PointSet, RegressionProblem, Tensor } from '@spikeward/core'
import type { OperatorExperiment } from '../../assembly/experiment.js'
import { readoutTensors } from '@spikeward/chip'
import type { DeviceArrays, LearnedWords, ReadoutNumbers, WordUse } from '@spikeward/chip'
import { type MlpDescription, toDoubles } from '@spikeward/nir'
import { type HostProduct, inputsOf, readOut } from '../onChip.js'
import { numbers, onDevice, readoutOf, withLearned, withReadout } from './onDevice.js'
import type { ChipTraining, PartName, Watch } from './onDevice.js'

type ChipErrors = { readonly before: number; readonly after: number; readonly solved: number }

export type TrainedPart = {
  readonly name: PartName
  /** On the chip before training, with the neurons as built. */
  readonly arrays: DeviceArrays
  readonly words: readonly LearnedWords[]
  readonly readout: ReadoutNumbers
  /** In floats: the weights, biases and readout that were learned. */
  readonly learned: MlpDescription
  /** The largest magnitude of every value on the chip, proved from the formats; empty for a part that did not learn. */
  readonly uses: readonly WordUse[]
}

export type TrainedOnChip = {
  readonly parts: readonly TrainedPart[]
  /** How the host joins branch and trunk; null for a function of points. */
  readonly product: HostProduct | null
  readonly errors: ChipErrors
  /** Steps of all parts together: those that were taken, and those that were planned. */
  readonly steps: number
  readonly planned: number
}

function standardised({ output }: MlpDescription, { y }: PointSet): Float64Array {
  if (output === null) return y
  const [shift, scale] = [toDoubles(output.shift), toDoubles(output.scale)]
  return y.map((v, i) => (v - shift[i % shift.length]!) / scale[i % scale.length]!)
}

/**
 * Puts the network of a function of points on a simulated chip and trains it there, in integers.
 *
 * @param problem whose training points are learned and whose test points measure
 * @param watch progress, and a signal that ends the training with what it has learned
 * @throws CHIP_GRADED, CHIP_RANGE, CHIP_LIMIT, CHIP_SOFT_RESET, CHIP_WIDTH, CHIP_ESTIMATOR; CLI_NOT_DEPLOYABLE
 */
export async function trainOnChip(
  mlp: MlpDescription,
  problem: RegressionProblem,
  how: ChipTraining,
  backend: Backend,
  watch: Watch,
): Promise<TrainedOnChip> {
  const device = await onDevice('network', mlp, how, backend)
  const { arrays } = device
  const [train, test] = [problem.points('train'), problem.points('test')]
  if (train.count === 0 || test.count === 0)
    throw new SpikewardError(
      'CLI_NOT_DEPLOYABLE',
      `${problem.name} has no training or no test points, and training on a chip needs both; choose another problem`,
    )
  const testInputs = inputsOf(mlp, test)
  const errorOf = async (readout: ReadoutNumbers): Promise<number> =>
    relativeL2(readOut(withReadout(mlp, readout), await device.counts(testInputs)), test.y)
  const before = await errorOf(readoutOf(mlp))
  const samples = { x: inputsOf(mlp, train), y: standardised(mlp, train), decoder: null }
  const { steps, uses } = await device.train(samples, watch)
  // The errors after the training use the readout at the precision in which the losses were formed: 8 bits in an error
  // neuron.
  const tensors = how.loss.held(arrays.network, readoutTensors(device.readout()))
  const readout = {
    weight: await numbers(tensors.weight),
    bias: await numbers(tensors.bias),
    centre: await numbers(tensors.centre),
  }
  const errors = { before, after: await errorOf(readout), solved: await errorOf(await device.solved(samples)) }
  const words = await device.words()
  device.dispose()
  const learned = withLearned(mlp, arrays, words, readout)
  return {
    parts: [{ name: 'network', arrays, words, readout, learned, uses }],
    product: null,
    errors,
    steps,
    planned: how.steps,
  }
}

/** The training solutions of an operator as outputs of the network within its amplitude and its conditions. */
export type OperatorTargets = {
  /** [functions · points], row-major; 0 where the conditions alone determine the solution. */
  readonly values: Float64Array
  /** How far an output moves the solution at each point, as a share of the point where it moves it most. */
  readonly gain: Float64Array
}

const STRAIGHT = 1e-6

/**
 * Training solutions u as outputs N of the network, u = transform(N, f, x): amplitude and hard conditions are affine in
 * N, so N = (u − o)/s with o = transform(0) and s = transform(1) − o.
 */
export async function operatorTargets({
  problem,
  blocks: { transform },
}: OperatorExperiment): Promise<OperatorTargets> {
  const data = await problem.data('train')
  const points = data.values.length / data.count
  if (transform === null) return { values: data.values, gain: new Float64Array(points).fill(1) }
  const { f, u, at } = toOperatorTensors(problem, data, 'f64')
  const applied = (raw: Tensor): Promise<Float64Array> => numbers(transform.apply(raw, f, coordsFrom(at)))
  const zero = await applied(zerosLike(u))
  const one = await applied(onesLike(u))
  const three = await applied(mul(onesLike(u), 3))
  const values = new Float64Array(data.values.length)
  const gain = new Float64Array(points)
  for (let n = 0; n < data.count; n++) {
    const own = (i: number): number => n * points + i
    const slopes = Float64Array.from({ length: points }, (_, i) => one[own(i)]! - zero[own(i)]!)
    const most = slopes.reduce((largest, s) => Math.max(largest, Math.abs(s)), 0)
    slopes.forEach((s, i) => {
      if (Math.abs(three[own(i)]! - zero[own(i)]! - 3 * s) > STRAIGHT * (most + Math.abs(zero[own(i)]!)))
        throw new SpikewardError(
          'CLI_NOT_DEPLOYABLE',
          `the conditions of ${problem.name} are not affine in the output of the network, so its targets on the chip are not determined; train with --no-hard`,
        )
      if (s === 0) return
      values[own(i)] = (data.values[own(i)]! - zero[own(i)]!) / s
      gain[i]! += Math.abs(s) / most / data.count
    })
  }
  return { values, gain }
}
