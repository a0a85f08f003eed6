/** One training of a network on generated sequences, with the error of its untrained form and the memory of a step. */
import { div, jit, key as keyOf, mul, sqrt, square, sub, sum, tensor, treeLeaves } from '@spikeward/core'
import type { Affine, Backend, Estimator, Key, Loss, Tensor, Tree } from '@spikeward/core'
import { type SequenceTask, ridgeReadout } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import type { SequenceBatch, SequenceGenerator } from '@spikeward/problems'
import { type StepLoss, trainStep } from '@spikeward/train'

/** A network for sequences. */
export type SequenceModel<P extends Tree> = {
  init(key: Key): P
  apply(params: P, x: Tensor): Tensor
  /** Features, which the parameters `readout` read; absent: the untrained network with a solved readout is not measured. */
  features?(params: P, x: Tensor): Tensor
  loss(task: SequenceTask): Loss<P>
}

/** The mean squared error over the steps that count. */
const lossOf = <P extends Tree>(network: SequenceModel<P>, data: SequenceBatch): Loss<P> =>
  network.loss({
    samples: data.x.shape[1]!,
    drive: data,
    input: (now) => (now as SequenceBatch).x,
    head: (y, now) => {
      const { target, share } = now as SequenceBatch
      return sum(mul(square(sub(y, target)), share), 1)
    },
  })

const relativeL2 = (y: Tensor, { target, share }: SequenceBatch): Tensor =>
  sqrt(div(sum(mul(square(sub(y, target)), share)), sum(mul(square(target), share))))

/** The untrained layer with the readout that ridge regression finds on fresh sequences. */
async function solved<P extends Tree>(
  problem: SequenceGenerator,
  featuresOf: (params: P, x: Tensor) => Tensor,
  params: P,
  { time, count }: { readonly time: number; readonly count: number },
  key: Key,
): Promise<P> {
  const look = jit((p: P, k: Key) => {
    const data = problem.draw(k, count, time)
    return [featuresOf(p, data.x), data.target, data.share] as const
  })
  const tensors = look(params, key)
  const [rates, target, share] = await Promise.all(tensors.map(async (t) => (await t.data()) as Float32Array))
  for (const t of [look, ...tensors]) t.dispose()
  const used = Array.from(share!.keys()).filter((i) => share![i] !== 0)
  const n = rates!.length / share!.length
  const features = Float64Array.from(
    { length: used.length * n },
    (_, i) => rates![used[Math.floor(i / n)]! * n + (i % n)]!,
  )
  const targets = Float64Array.from(used, (i) => target![i]!)
  const { weight, bias } = ridgeReadout(features, targets, used.length, 1e-4)
  const readout: Affine = {
    weight: tensor(Float32Array.from(weight), { shape: [n, 1] }),
    bias: tensor(Float32Array.from(bias), { shape: [1] }),
  }
  return { ...params, readout }
}

/** Sizes of a training, and the sequences that it is measured on and that a readout is solved from (0: it is not). */
type Training = {
  readonly time: number
  readonly batch: number
  readonly steps: number
  readonly test?: number
  readonly solve?: number
}

/** Trains with a rate and a key; no step draws a sequence of `split`. With no steps it only states the memory. */
export async function trainSequence<P extends Tree>(
  problem: SequenceGenerator,
  network: SequenceModel<P>,
  estimator: Estimator,
  { time, batch, steps, test: count = 256, solve = Math.max(16, Math.min(256, Math.floor(2 ** 18 / time))) }: Training,
  rate: number,
  key: number,
  split: 'validation' | 'test',
  backend: Backend,
): Promise<{ readonly bytes: number; readonly error: number; readonly untrained: number; readonly seconds: number }> {
  const loss: StepLoss<P, SequenceBatch> = Object.assign((p: P, data: SequenceBatch) => lossOf(network, data)(p), {
    sequence: (data: SequenceBatch) => lossOf(network, data).sequence!,
  })
  const { init, step } = trainStep(loss, estimator, adam(cosineDecay({ initial: rate, steps: Math.max(1, steps) })))
  const root = keyOf(key, { backend })
  const open = jit((k: Key) => init(network.init(k.fold(0))))
  const draw = jit((k: Key, i: Tensor) => problem.draw(k.fold(i), batch, time))
  const run = jit(step, { donate: [0] })
  const training = root.fold(1)
  let state = open(root)
  let data = draw(training, state.step)
  const bytes = run.inspect(state, data, training).executable.workspaceBytes
  const measure = jit((p: P, k: Key) => {
    const test = problem.draw(k, count, time)
    return relativeL2(network.apply(p, test.x), test)
  })
  const errorOf = async (p: P): Promise<number> => measure(p, root.fold(split === 'test' ? 2 : 3)).item()
  const trains = steps > 0
  const untrained =
    trains && split === 'test' && network.features !== undefined && solve > 0
      ? await errorOf(await solved(problem, network.features, state.trained, { time, count: solve }, root.fold(4)))
      : NaN
  const begun = process.cpuUsage()
  for (let i = 0; i < steps; i++) {
    state = run(state, data, training)
    treeLeaves(data).forEach((t) => t.dispose())
    data = draw(training, state.step)
  }
  const error = trains ? await errorOf(state.trained) : NaN
  const { user, system } = process.cpuUsage(begun)
  const seconds = (user + system) / 1e6
  for (const f of [open, draw, run, measure]) f.dispose()
  for (const t of treeLeaves([state, data, root, training])) t.dispose()
  return { bytes, error, untrained, seconds }
}
