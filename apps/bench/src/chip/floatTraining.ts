/** A perceptron trained in floats, and its numbers for a chip. */
import { key as keyOf, relativeL2, tensor } from '@spikeward/core'
import type { Backend, RegressionProblem, Tensor } from '@spikeward/core'
import type { FloatMlp, FloatMatrix } from '@spikeward/chip'
import { eligibility, spsa } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { ridgeReadout, spikingMlp, standardise } from '@spikeward/operators'
import type { SpikingMlp, SpikingMlpVariables } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { evaluate, fit } from '@spikeward/train'

/** The network of all rows: two layers, so that one matrix of synapses lies between spikes. */
export type DeviceSettings = {
  readonly hidden: readonly number[]
  readonly time: number
  readonly beta: number
  readonly batch: number
}

/** The readout in doubles: y = shift + scale ((r − centre) W + b). */
export type FloatReadout = {
  readonly weight: Float64Array
  readonly bias: Float64Array
  readonly centre: Float64Array
  readonly shift: number
  readonly scale: number
}

/** A network in floats and its errors on the test points: with its readout, and with a readout that is solved again. */
export type FloatNetwork = {
  readonly mlp: FloatMlp
  readonly readout: FloatReadout
  readonly errors: { readonly relativeL2: number; readonly solved: number }
}

/** The ridge parameter of readouts that the host solves. */
export const LAMBDA = 1e-6

/** The network of a problem. */
const deviceMlp = (problem: RegressionProblem, { hidden, time, beta }: DeviceSettings): SpikingMlp =>
  spikingMlp({
    inputs: problem.inputs,
    outputs: problem.outputs,
    hidden,
    time,
    neuron: leakyIntegrateAndFire({ beta }),
    spike: spike(atan()),
    domain: problem.domain,
    output: standardise(problem.points('train')),
  })

const numbers = async (t: Tensor): Promise<Float64Array> => Float64Array.from(await t.data(), Number)

async function matrixOf(t: Tensor): Promise<FloatMatrix> {
  return { rows: t.shape[0]!, columns: t.shape[1]!, values: await numbers(t) }
}

/** The numbers of a network's variables. */
async function describe(
  { trained, fixed }: SpikingMlpVariables,
  { time, beta }: DeviceSettings,
): Promise<Omit<FloatNetwork, 'errors'>> {
  const layers = trained.layers.map(async ({ weight, bias }, l) => ({
    weight: await matrixOf(weight),
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

/** Errors of a network on the test points. */
async function errorsOf(
  network: SpikingMlp,
  variables: SpikingMlpVariables,
  problem: RegressionProblem,
): Promise<FloatNetwork['errors']> {
  const [train, test] = [problem.points('train'), problem.points('test')]
  const rates = async ({ x, count }: typeof train): Promise<Float64Array> => {
    const at = tensor(x, { shape: [count, problem.inputs], dtype: 'f32' })
    const found = network.features(variables, at)
    return numbers(found)
  }
  const readout = ridgeReadout(await rates(train), train.y, train.count, LAMBDA)
  const { relativeL2: given } = await evaluate(network, variables, test)
  const features = await rates(test)
  const { weight, bias } = readout
  const found = Float64Array.from({ length: test.count }, (_, n) =>
    weight.reduce((sum, w, i) => sum + w * features[n * weight.length + i]!, bias[0]!),
  )
  return { relativeL2: given, solved: relativeL2(found, test.y) }
}

/** The network as drawn from a key, untrained. */
export async function untrainedFloat(
  problem: RegressionProblem,
  settings: DeviceSettings,
  key: number,
  backend: Backend,
): Promise<FloatNetwork> {
  const network = deviceMlp(problem, settings)
  const variables = network.init(keyOf(key, { backend }).fold(0))
  return { ...(await describe(variables, settings)), errors: await errorsOf(network, variables, problem) }
}

/** Trains in floats, forward only. */
export async function trainFloat(
  problem: RegressionProblem,
  settings: DeviceSettings,
  how: {
    readonly estimator: 'eligibility' | 'spsa'
    readonly learningRate: number
    readonly steps: number
    readonly key: number
  },
  backend: Backend,
): Promise<FloatNetwork> {
  const network = deviceMlp(problem, settings)
  const { estimator, learningRate, steps, key } = how
  for await (const e of fit({
    network,
    problem,
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
      ...(await describe(e.variables, settings)),
      errors: await errorsOf(network, e.variables, problem),
    }
  }
  throw new Error('the training in floats returned no final event')
}
