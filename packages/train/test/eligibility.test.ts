import { div, jit, key, mul, sqrt, square, sum, treeLeaves, treePaths } from '@spikeward/core'
import type { Estimator, Key, Loss, Stateless, Tensor } from '@spikeward/core'
import { countPlan } from '@spikeward/core/backend'
import { activity, bp, eligibility } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { type SpikingMlpTrained, spikingMlp } from '@spikeward/operators'
import { parabola } from '@spikeward/problems'
import { regressionTask, stepLossOf } from '@spikeward/train'
import { describe, expect, it } from 'vitest'

/** A deep network on a parabola, and its loss at one step. */
function deep(hidden: number[], residual: boolean) {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const network = spikingMlp({ inputs: 1, outputs: 1, hidden, time: 8, neuron, spike: spike(atan()), residual })
  const task = regressionTask({ network, problem: parabola(), batch: 16 })
  const { trained, fixed } = network.init(key(0))
  const given = { fixed, data: task.data() }
  const step = stepLossOf(task)
  const lossAt = (k: Key): Loss<SpikingMlpTrained> =>
    Object.assign((p: SpikingMlpTrained) => step(p, given, k), { parts: step.parts!(given, k) })
  return { trained, lossAt }
}

describe.each([false, true])('eligibility in three hidden layers, residual: %s', (residual) => {
  it('has the direction of the gradient in every layer', async () => {
    const { trained, lossAt } = deep([8, 8, 8], residual)
    const of = (e: Estimator<Stateless>): Tensor[] =>
      treeLeaves(
        jit((p: SpikingMlpTrained, k: Key) => e.estimate(lossAt(key(3)), p, {}, { key: k }).grad)(trained, key(1)),
      )
    const [exact, found] = [of(bp()), of(eligibility({ directions: 2000 }))]
    for (const [i, path] of treePaths(trained).entries()) {
      const [g, e] = [exact[i]!, found[i]!]
      const cosine = await div(sum(mul(g, e)), sqrt(mul(sum(square(g)), sum(square(e))))).item()
      expect(cosine, path).toBeGreaterThan(0.998)
    }
  })

  it('leaves lower layers alone without directions', async () => {
    const { trained, lossAt } = deep([4, 4, 4], residual)
    const { grad } = eligibility({ directions: 0 }).estimate(lossAt(key(3)), trained, {}, { key: key(1) })
    for (const { weight, bias } of grad.layers.slice(0, -1))
      for (const g of [weight, bias]) expect(await sum(square(g)).item()).toBe(0)
    expect(await sum(square(grad.layers.at(-1)!.weight)).item()).toBeGreaterThan(0)
  })

  it.each([1, 4])('runs the network once for traces and %s noise vectors', (directions) => {
    const { trained, lossAt } = deep([32, 32, 32], residual)
    const count = (e: Estimator<Stateless>): number => {
      const step = jit((p: SpikingMlpTrained, k: Key) => e.estimate(lossAt(k), p, {}, { key: k }))
      const { flops } = countPlan(step.inspect(trained, key(3)).plan)
      step.dispose()
      return flops
    }
    // A trace takes the tangent of the last layer's noise.
    expect(count(eligibility({ directions })) / count(activity({ directions }))).toBeLessThan(1.005)
  })
})
