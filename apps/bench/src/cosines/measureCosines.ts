/** Cosines of estimates to the gradient along one training by back-propagation. */
import { add, div, jit, key as keyOf, mul, sqrt, sum, tensor, toBackend, treeLeaves, treeMap } from '@spikeward/core'
import type { Backend, Estimator, Key, Tensor, Tree } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { adam } from '@spikeward/optim'
import { lossAt, sampleMean, stepKeys } from '@spikeward/train'
import type { Task } from '@spikeward/train'
import { stepLoss } from '../tuned/networks/opened.js'
import type { Given } from '../tuned/networks/opened.js'

/** A training along which estimates are compared with the gradient. */
export type CosineSettings = {
  /** Steps of Adam by the gradient of back-propagation, each with an estimate at the same point. */
  readonly steps: number
  /** The last steps, whose cosines are averaged. */
  readonly window: number
  readonly learningRate: number
  readonly networkKey: number
}

/** The measured cosines. */
export type CosineOutcome = {
  /** Mean over the window of ⟨ĝ, g⟩/(‖ĝ‖ ‖g‖). */
  readonly cosine: number
  /** Forward passes of an estimate. */
  readonly forwardEquivalents: number
  /** d, the entries of the gradient. Absent in earlier runs. */
  readonly parameters?: number
}

/**
 * The estimate sees the same parameters and batch as back-propagation, whose gradient trains the network. So every estimator is measured along
 * the same path, and one that learns from earlier estimates has learned from those of the path.
 */
export async function measureCosines<P extends Tree, F extends Tree, D extends Tree>(
  estimator: Estimator,
  task: Task<P, F, D>,
  { steps, window, learningRate, networkKey }: CosineSettings,
  backend: Backend,
): Promise<CosineOutcome> {
  const loss = stepLoss(task)
  const truth = bp()
  const optimizer = adam(learningRate)
  const root = keyOf(networkKey, { backend })
  const open = jit((k: Key) => task.init(k.fold(0)))
  const variables = open(root)
  const given: Given<F, D> = { fixed: variables.fixed, data: await toBackend(task.data(), backend) }
  const begin = jit((trained: P) => ({
    trained,
    own: estimator.init(trained),
    optimizer: optimizer.init(trained),
    step: tensor(0, { dtype: 'i32' }),
  }))
  type State = ReturnType<typeof begin>
  const advance = jit((s: State, g: Given<F, D>, k: Key): { state: State; cosine: Tensor; cost: Tensor } => {
    const { draw, direction } = stepKeys(s, k)
    const here = lossAt(loss, g, draw, s.step)
    const mine = estimator.estimate(here, s.trained, s.own, { key: direction })
    const { grad } = truth.estimate(here, s.trained, {}, { key: direction })
    const { updates, state } = optimizer.update(grad, s.optimizer, s.trained)
    const cosine = div(inner(mine.grad, grad), sqrt(add(mul(inner(mine.grad, mine.grad), inner(grad, grad)), 1e-30)))
    return {
      state: {
        trained: treeMap((p, u) => add(p, u), s.trained, updates),
        own: mine.state,
        optimizer: state,
        step: add(s.step, 1),
      },
      cosine,
      cost: mine.stats.forwardEquivalents,
    }
  })
  const training = root.fold(1)
  const parameters = treeLeaves(variables.trained).reduce((count, t) => count + t.size, 0)
  let state = begin(variables.trained)
  const cosines: number[] = []
  let cost = 0
  for (let i = 0; i < steps; i++) {
    const next = advance(state, given, training)
    if (i >= steps - window) cosines.push(await next.cosine.item())
    cost = await next.cost.item()
    for (const t of treeLeaves([state, next.cosine, next.cost] as Tree)) t.dispose()
    state = next.state
  }
  for (const f of [open, begin, advance]) f.dispose()
  for (const t of treeLeaves([variables, state, given.data, root, training] as Tree)) t.dispose()
  return { cosine: sampleMean(cosines), forwardEquivalents: cost, parameters }
}

/** ⟨a, b⟩ of two trees with the same structure. */
function inner(a: Tree, b: Tree): Tensor {
  const other = treeLeaves(b)
  return treeLeaves(a)
    .map((t, i) => sum(mul(t, other[i]!)))
    .reduce((x, y) => add(x, y))
}
