/** One training of a recurrent spiking network on a problem of sequences, in this process. */
import {
  div,
  exp,
  jit,
  key as keyOf,
  log,
  mul,
  neg,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  treeLeaves,
  uniform,
} from '@spikeward/core'
import type { Backend, Key, Tensor } from '@spikeward/core'
import { atan, parametricLeakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { ridgeReadout, spikingRnn } from '@spikeward/operators'
import type { SpikingRnn, SpikingRnnParams } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { trainStep } from '@spikeward/train'
import type { StepLoss } from '@spikeward/train'
import { makeEstimator } from '../../estimators.js'
import type { Options } from '../../catalogue.js'
import type { LongOutcome, LongTraining } from '../longTraining.js'
import type { SequenceProblem, Sequences } from './sequence.js'

/** Options of the estimators here. */
export const sequenceOptions: Readonly<Record<string, Options>> = { rfg: { directions: 16 } }

const [TESTED, RIDGE_PENALTY, MAX_ROWS] = [256, 1e-4, 2 ** 18]

/** Keys: fresh sequences for tests, none of which a step draws. */
const [NETWORK, STEPS, TEST, SOLVE] = [0, 1, 2, 3]

/** The network of a problem: time constants from 2 steps to a share of T, spread evenly in their logarithm, and a readout over T/32 steps. */
export function networkOf(problem: SequenceProblem, neurons: number, time: number): SpikingRnn {
  const neuron = parametricLeakyIntegrateAndFire({ shared: false, decayInput: false, reset: 'subtract' })
  const longest = Math.max(4, problem.memory * time)
  const network = spikingRnn({
    inputs: problem.inputs,
    neurons,
    neuron: {
      ...neuron,
      init: (key, n) => ({
        leakLogit: neg(log(sub(exp(uniform(key, [n], { min: Math.log(2), max: Math.log(longest) })), 1))),
      }),
    },
    spike: spike(atan()),
    readoutLeak: Math.exp(-Math.min(1, 32 / time)),
    gain: 0.5,
  })
  return {
    ...network,
    init(key) {
      const p = network.init(key)
      const bias = uniform(key.fold(1), [neurons], { min: 0, max: 0.3 })
      return { ...p, input: { weight: p.input.weight, bias } }
    },
  }
}

/** The mean squared error over the steps that count. */
export function sequenceLoss(network: SpikingRnn, sequences: Sequences) {
  return network.loss({
    samples: sequences.x.shape[1]!,
    drive: sequences,
    input: (now) => (now as Sequences).x,
    head: (y, now) => {
      const { target, share } = now as Sequences
      return sum(mul(square(sub(y, target)), share), 1)
    },
  })
}

const relativeL2 = (y: Tensor, { target, share }: Sequences): Tensor =>
  sqrt(div(sum(mul(square(sub(y, target)), share)), sum(mul(square(target), share))))

/** Trains, unless the workspace of a step is larger than the memory. The loss is the relative L2 error on 256 fresh sequences. */
export async function trainSequence(
  problem: SequenceProblem,
  settings: LongTraining,
  backend: Backend,
): Promise<LongOutcome> {
  const { neurons, time, estimator, learningRate, steps, batch, networkKey, memory } = settings
  const network = networkOf(problem, neurons, time)
  const loss: StepLoss<SpikingRnnParams, Sequences> = Object.assign(
    (p: SpikingRnnParams, data: Sequences) => sequenceLoss(network, data)(p),
    { sequence: (data: Sequences) => sequenceLoss(network, data).sequence! },
  )
  const { init, step } = trainStep(
    loss,
    makeEstimator(estimator, sequenceOptions[estimator] ?? {}),
    adam(cosineDecay({ initial: learningRate, steps })),
  )
  const root = keyOf(networkKey, { backend })
  const open = jit((k: Key) => init(network.init(k.fold(NETWORK))))
  const draw = jit((k: Key, i: Tensor) => problem.draw(k.fold(i), batch, time))
  let state = open(root)
  const run = jit(step, { donate: [0] })
  const training = root.fold(STEPS)
  let data = draw(training, state.step)
  const bytes = run.inspect(state, data, training).executable.workspaceBytes
  const fits = bytes <= memory
  const measure = jit((p: SpikingRnnParams, k: Key) => {
    const test = problem.draw(k, TESTED, time)
    return relativeL2(network.apply(p, test.x), test)
  })
  const error = async (p: SpikingRnnParams): Promise<number> => {
    const k = root.fold(TEST)
    const found = measure(p, k)
    const value = await found.item()
    for (const t of treeLeaves([found, k])) t.dispose()
    return value
  }
  const ridgeError = async (): Promise<number> => {
    const k = root.fold(SOLVE)
    const params = await solved(problem, network, state.trained, time, k)
    const value = await error(params)
    for (const t of treeLeaves([k, params.readout])) t.dispose()
    return value
  }
  const ridge = fits ? await ridgeError() : null
  const begun = performance.now()
  for (let i = 0; fits && i < steps; i++) {
    state = run(state, data, training)
    for (const t of treeLeaves(data)) t.dispose()
    data = draw(training, state.step)
  }
  const outcome: LongOutcome = {
    bytes,
    loss: fits ? await error(state.trained) : null,
    ridge,
    seconds: fits ? (performance.now() - begun) / 1000 : null,
  }
  for (const f of [open, draw, run, measure]) f.dispose()
  for (const t of treeLeaves([state, data, root, training])) t.dispose()
  return outcome
}

/** The untrained layer with the readout that ridge regression finds on fresh sequences. */
async function solved(
  problem: SequenceProblem,
  network: SpikingRnn,
  params: SpikingRnnParams,
  time: number,
  key: Key,
): Promise<SpikingRnnParams> {
  const count = Math.max(16, Math.min(256, Math.floor(MAX_ROWS / time)))
  const look = jit((p: SpikingRnnParams, k: Key) => {
    const data = problem.draw(k, count, time)
    return [network.features(p, data.x), data.target, data.share] as const
  })
  const found = look(params, key)
  look.dispose()
  const [rates, target, share] = await Promise.all(found.map(async (t) => (await t.data()) as Float32Array))
  found.forEach((t) => t.dispose())
  const used = Array.from(share!.keys()).filter((i) => share![i] !== 0)
  const n = rates!.length / share!.length
  const features = new Float64Array(used.length * n)
  used.forEach((i, row) => features.set(rates!.subarray(i * n, (i + 1) * n), row * n))
  const targets = Float64Array.from(used, (i) => target![i]!)
  const { weight, bias } = ridgeReadout(features, targets, used.length, RIDGE_PENALTY)
  return {
    ...params,
    readout: {
      weight: tensor(Float32Array.from(weight), { shape: [n, 1] }),
      bias: tensor(Float32Array.from(bias), { shape: [1] }),
    },
  }
}
