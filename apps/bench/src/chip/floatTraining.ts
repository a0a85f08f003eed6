/** A perceptron trained in floats, and its numbers for a chip. */
import { key as keyOf, tensor } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import type { FloatMlp, FloatMatrix } from '@spikeward/chip'
import { eligibility, spsa } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { ridgeReadout, spikingMlp } from '@spikeward/operators'
import type { SpikingMlp, SpikingMlpVariables } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { fit } from '@spikeward/train'
import { errorOf, readOut } from './errorOf.js'
import { commonScale } from './chipProblems.js'
import type { ChipProblem } from './chipProblems.js'

/** The network of all rows: two layers, so that one matrix of synapses lies between spikes. */
export type DeviceSettings = {
  readonly hidden: readonly number[]
  readonly time: number
  readonly beta: number
  readonly batch: number
}

/** The readout in doubles: y = shift + scale ((r − centre) W + b), W [width, outputs]. */
export type FloatReadout = {
  readonly weight: Float64Array
  readonly bias: Float64Array
  readonly centre: Float64Array
  readonly shift: number
  readonly scale: number
}

/** Relative L2 of a network with its readout, and with a readout that is solved again. */
type FloatErrors = { readonly relativeL2: number; readonly solved: number }

/** A network in floats and its errors on the validation and test points. */
export type FloatNetwork = {
  readonly mlp: FloatMlp
  readonly readout: FloatReadout
  readonly validation: FloatErrors
  readonly errors: FloatErrors
}

/** The ridge parameter of readouts that the host solves. */
export const LAMBDA = 1e-6

/** The network of a problem. */
const deviceMlp = ({ problem }: ChipProblem, { hidden, time, beta }: DeviceSettings): SpikingMlp => {
  const { shift, scale } = commonScale(problem.points('train'))
  const all = (value: number): number[] => Array.from({ length: problem.outputs }, () => value)
  return spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden,
    time,
    neuron: leakyIntegrateAndFire({ beta }),
    spike: spike(atan()),
    domain: problem.domain,
    output: { shift: all(shift), scale: all(scale) },
  })
}

const numbers = async (t: Tensor): Promise<Float64Array> => new Float64Array(await t.data())

async function matrixOf(t: Tensor): Promise<FloatMatrix> {
  return { rows: t.shape[0]!, columns: t.shape[1]!, values: await numbers(t) }
}

const scaled = ({ rows, columns, values }: FloatMatrix, by: number): FloatMatrix => ({
  rows,
  columns,
  values: Float64Array.from(values, (v) => v * by),
})

/** The numbers of a network's variables. */
async function describe(
  { trained, fixed }: SpikingMlpVariables,
  range: number,
  { time, beta }: DeviceSettings,
): Promise<Pick<FloatNetwork, 'mlp' | 'readout'>> {
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    // Payloads span only a part of an input's interval: the weights of the first layer shrink by that factor.
    weight: scaled(await matrixOf(weight), l === 0 ? range : 1),
    bias: await numbers(bias),
    beta,
    gain: 1,
    threshold: 1,
    reset: 'subtract' as const,
    resetDelayed: true,
    initialMembrane: await numbers(fixed.membranes[l]!),
  }))
  const [shift, scale] = [await numbers(fixed.output.shift), await numbers(fixed.output.scale)]
  return {
    mlp: { layers: await Promise.all(layers), time },
    readout: {
      weight: await numbers(trained.readout.weight),
      bias: await numbers(trained.readout.bias),
      centre: await numbers(fixed.centre),
      shift: shift[0]!,
      scale: scale[0]!,
    },
  }
}

/** Errors of a network on the validation and test points. */
async function errorsOf(
  network: SpikingMlp,
  variables: SpikingMlpVariables,
  { problem, byRow }: ChipProblem,
): Promise<Pick<FloatNetwork, 'validation' | 'errors'>> {
  const train = problem.points('train')
  const at = ({ x, count }: typeof train): Tensor => tensor(x, { shape: [count, problem.inputs], dtype: 'f32' })
  const rates = (points: typeof train): Promise<Float64Array> => numbers(network.features(variables, at(points)))
  const readout = ridgeReadout(await rates(train), train.y, train.count, LAMBDA)
  const on = async (points: typeof train): Promise<FloatErrors> => ({
    relativeL2: errorOf(await numbers(network.apply(variables, at(points))), points, byRow),
    solved: errorOf(readOut(await rates(points), readout), points, byRow),
  })
  return { validation: await on(problem.points('validation')), errors: await on(problem.points('test')) }
}

/** The network as drawn from a key, untrained. */
export async function untrainedFloat(
  chipProblem: ChipProblem,
  settings: DeviceSettings,
  key: number,
  backend: Backend,
): Promise<FloatNetwork> {
  const network = deviceMlp(chipProblem, settings)
  const variables = network.init(keyOf(key, { backend }).fold(0))
  return {
    ...(await describe(variables, chipProblem.range, settings)),
    ...(await errorsOf(network, variables, chipProblem)),
  }
}

/** Trains in floats, forward only. */
export async function trainFloat(
  chipProblem: ChipProblem,
  settings: DeviceSettings,
  how: {
    readonly estimator: 'eligibility' | 'spsa'
    readonly learningRate: number
    readonly steps: number
    readonly key: number
  },
  backend: Backend,
): Promise<FloatNetwork> {
  const network = deviceMlp(chipProblem, settings)
  const { estimator, learningRate, steps, key } = how
  for await (const e of fit({
    network,
    problem: chipProblem.problem,
    estimator: estimator === 'spsa' ? spsa() : eligibility(),
    optimizer: adam(cosineDecay({ initial: learningRate, steps })),
    batch: settings.batch,
    backend,
    key,
    steps,
    every: steps,
  })) {
    if (e.type !== 'end') continue
    return {
      ...(await describe(e.variables, chipProblem.range, settings)),
      ...(await errorsOf(network, e.variables, chipProblem)),
    }
  }
  throw new Error('the training in floats returned no final event')
}
