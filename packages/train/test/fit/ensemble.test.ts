import { type Tensor, key, mean, stack, treeLeaves } from '@spikeward/core'
import { bp, rateBackpropagation, rfg } from '@spikeward/estimators'
import { leakyIntegrateAndFire, spike, triangular } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { expect, test } from 'vitest'
import { ensemble, ensembleStep, ensembleTask, memberOf } from '../../src/fit/ensemble.js'
import { fit } from '../../src/fit/fit.js'
import { trainStep } from '../../src/fit/trainStep.js'
import { regressionTask } from '../../src/tasks/regressionTask.js'
import { stepLossOf } from '../../src/tasks/stepLossOf.js'

const network = spikingMlp({
  ...{ inputs: 1, hidden: [8], outputs: 1, time: 4 },
  neuron: leakyIntegrateAndFire(),
  spike: spike(triangular()),
})
const problem = parabola()
const task = regressionTask({ network, problem, batch: 16 })
const MEMBERS = 3

const numbersOf = (tree: Parameters<typeof treeLeaves>[0]): Promise<number[][]> =>
  Promise.all(treeLeaves(tree).map(async (t) => Array.from(await t.data(), Number)))

test.each([bp(), rateBackpropagation(), rfg()])(
  'a step of $name has the bits of each member alone',
  async (estimator) => {
    const whole = ensemble(network, MEMBERS)
    const one = trainStep(stepLossOf(task), estimator, adam(1e-2))
    const all = ensembleStep(MEMBERS, one)
    const { trained, fixed } = whole.init(key(1))
    const data = task.data()
    const next = all.step(all.step(all.init(trained), { fixed, data }, key(2)), { fixed, data }, key(2))
    for (let m = 0; m < MEMBERS; m++) {
      const own = network.init(key(1).fold(m))
      const given = { fixed: own.fixed, data }
      const alone = one.step(one.step(one.init(own.trained), given, key(2).fold(m)), given, key(2).fold(m))
      expect(await numbersOf(memberOf(next.trained, m))).toEqual(await numbersOf(alone.trained))
    }
  },
)

test('its output is the mean of its members, and a run ends with all of them', async () => {
  const whole = ensemble(network, MEMBERS)
  const of = ensembleTask(MEMBERS, task, { init: (k) => whole.init(k) })
  for await (const event of fit({ task: of, estimator: bp(), optimizer: adam(1e-2), key: 3, steps: 5, check: 5 })) {
    if (event.type !== 'end') continue
    const { x } = task.data()
    const outputs = Array.from({ length: MEMBERS }, (_, m): Tensor => network.apply(memberOf(event.variables, m), x))
    const [found] = await numbersOf(whole.apply(event.variables, x))
    const [expected] = await numbersOf(mean(stack(outputs, 0), 0))
    found!.forEach((v, i) => expect(v).toBeCloseTo(expected![i]!, 6))
  }
})
