import { key, sub, treeLeaves, treeMap } from '@spikeward/core'
import type { Estimator, Key, Loss, OperatorNetwork, PinnProblem, Tree } from '@spikeward/core'
import { activity, bp, eligibility, gaussNewton, rateBackpropagation } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import {
  pinn,
  steinDerivatives,
  stencilDerivatives,
  surrogateDerivatives,
  withHardConditions,
} from '@spikeward/operators'
import type { BlockOptions } from '@spikeward/operators'
import { burgersPinn, poissonPinn } from '@spikeward/problems'
import { type PhysicsOptions, type Variables, asRegression, pinnTask, regressionTask } from '@spikeward/train'
import { describe, expect, it } from 'vitest'

const smooth = (...hidden: number[]): BlockOptions => ({ kind: 'smooth', hidden, gain: 2 })
const spiking = (...hidden: number[]): BlockOptions => ({
  kind: 'spiking',
  hidden,
  neuron: leakyIntegrateAndFire({ beta: 0.9, resetDetached: false }),
  surrogate: atan({ alpha: 2 }),
  time: 8,
})
const values = { differentiate: stencilDerivatives({ step: 0.2 }), interior: 6 } satisfies PhysicsOptions
const numbers = async (tree: Tree): Promise<number[]> =>
  (await Promise.all(treeLeaves(tree).map(async (t) => [...(await t.data())]))).flat()
const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((s, v, i) => s + v * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
const close = (a: readonly number[], b: readonly number[]): void => {
  const size = Math.max(...b.map(Math.abs))
  expect(size).toBeGreaterThan(0)
  expect(a).toHaveLength(b.length)
  a.forEach((x, i) => expect(Math.abs(x - b[i]!)).toBeLessThan(1e-3 * size))
}

/** The loss of one step with its parts, and the parameters. */
function lossOf(problem: PinnProblem, block: BlockOptions, hard: boolean, odd: readonly number[] = []) {
  const plain = pinn({ axes: problem.axes.length, block, domain: problem.domain, odd })
  const network: OperatorNetwork<Variables, Tree, null> = hard
    ? withHardConditions(plain, problem.physics.hard!)
    : plain
  const task = pinnTask({ network, problem, physics: values })
  const { trained, fixed } = network.init(key(3))
  const step: Key = key(4)
  const loss: Loss<Tree> = Object.assign((p: Tree) => task.objective(p, fixed, [], step), {
    parts: task.parts!(fixed, [], step),
  })
  const gradient = (e: Estimator): Tree => e.estimate(loss, trained, e.init(trained), { key: key(5) }).grad
  return { loss, trained, gradient }
}

const burgers = burgersPinn({ test: [4, 3], train: [3, 3], validation: 4 })

const equations: [string, PinnProblem, boolean, number[]?][] = [
  ['Poisson, conditions in the loss', poissonPinn(), false],
  ['Poisson, hard conditions', poissonPinn(), true],
  ['Burgers, initial and end conditions in the loss', burgers, false],
  ['Burgers by a network odd in x, hard conditions', burgers, true, [0]],
]

describe.each(equations)('parts of an equation: %s', (_, problem, hard, odd) => {
  it('have the value of the loss, by their losses and by their residuals', async () => {
    const { loss, trained } = lossOf(problem, smooth(5), hard, odd)
    const { parts } = loss
    const output = parts!.forward(trained, parts!.input)
    const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length
    const whole = await loss(trained).item()
    expect(mean(await numbers(parts!.head(output)))).toBeCloseTo(whole, 4)
    expect(mean((await numbers(parts!.residuals!(output))).map((r) => r * r))).toBeCloseTo(whole, 4)
    expect(output.shape[0]).toBe(6 * parts!.evaluations!)
  })

  it('let eligibility give the gradient of back-propagation for one hidden layer, of spikes and of smooth units', async () => {
    for (const block of [smooth(5), spiking(5)]) {
      const { gradient } = lossOf(problem, block, hard, odd)
      close(await numbers(gradient(eligibility())), await numbers(gradient(bp())))
    }
  })

  it('let rate back-propagation point along it for several layers', async () => {
    const { gradient } = lossOf(problem, spiking(8, 8), hard, odd)
    const [mine, truth] = [gradient(rateBackpropagation()), gradient(bp())]
    expect(cosine(await numbers(mine), await numbers(truth))).toBeGreaterThan(0.95)
  })

  it('let a Gauss–Newton step lower the loss', async () => {
    const { loss, trained, gradient } = lossOf(problem, smooth(6), hard, odd)
    const after = treeMap(sub, trained, gradient(gaussNewton({ damping: 3, adapt: false })))
    expect(await loss(after).item()).toBeLessThan(0.95 * (await loss(trained).item()))
  })

  it('let activity perturbation point along it in the mean', async () => {
    const { gradient } = lossOf(problem, smooth(3), hard, odd)
    const [mine, truth] = [gradient(activity({ directions: 1000 })), gradient(bp())]
    expect(cosine(await numbers(mine), await numbers(truth))).toBeGreaterThan(0.8)
  })
})

describe('a network of the coordinates on data', () => {
  it('shows its layers: eligibility gives the gradient of back-propagation', async () => {
    const problem = poissonPinn()
    const network = withHardConditions(
      pinn({ axes: 1, block: spiking(5), domain: problem.domain }),
      problem.physics.hard!,
    )
    const task = regressionTask({ network: asRegression(network), problem: { ...problem, kind: 'regression' } })
    const { trained, fixed } = task.init(key(3))
    const data = task.data()
    const loss = Object.assign((p: typeof trained) => task.objective(p, fixed, data, key(4)), {
      parts: task.parts!(fixed, data, key(4)),
    })
    const gradient = (e: Estimator): Promise<number[]> =>
      numbers(e.estimate(loss, trained, e.init(trained), { key: key(5) }).grad)
    close(await gradient(eligibility()), await gradient(bp()))
  })
})

describe('parts of an equation', () => {
  const task = (physics: PhysicsOptions) =>
    pinnTask({ network: pinn({ axes: 1, block: smooth(4) }), problem: poissonPinn(), physics })

  it('are there for fresh noise of Stein derivatives too', () => {
    const from = (k: Key) => steinDerivatives({ key: k, sigma: 0.1, samples: 2 })
    expect(task({ differentiate: { from }, interior: 4 }).parts).toBeDefined()
  })

  it('are absent if the rule of derivatives is neither from values nor exact, or if conditions have separate points', () => {
    expect(task({ differentiate: surrogateDerivatives(), interior: 4 }).parts).toBeUndefined()
    expect(task({ ...values, conditions: 3 }).parts).toBeUndefined()
  })
})
