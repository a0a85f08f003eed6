/** Classes of sequences, by the cross-entropy of each step. */
import { expect, test } from 'vitest'
import { add, grad, key, mul, normal, referenceBackend, tensor, treeLeaves, treeMap } from '@spikeward/core'
import type { RegressionProblem, Tree } from '@spikeward/core'
import { bp, realTimeRecurrent } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { gruNetwork, recurrentNetwork, spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { sequenceProblem } from '@spikeward/problems'
import { evaluate, fit, regressionTask } from '../../src/index.js'

const [COUNT, STEPS] = [30, 12]

/** Waves of a low and of a high frequency, whose phases differ. */
const waves = (): Promise<RegressionProblem> =>
  sequenceProblem({
    name: 'waves',
    inputs: {
      ...{ name: 'u', shape: [COUNT, STEPS, 1] },
      data: Float64Array.from({ length: COUNT * STEPS }, (_, i) => {
        const run = Math.floor(i / STEPS)
        return Math.sin((run % 2 === 0 ? 0.4 : 1.3) * (i % STEPS) + run)
      }),
    },
    outputs: { name: 'pitch', shape: [COUNT], data: Float64Array.from({ length: COUNT }, (_, run) => run % 2) },
    ...{ classes: ['low', 'high'], delays: 2 },
  })

const sizes = ({ window, domain }: RegressionProblem) => ({
  ...{ inputs: window!.channels, outputs: 2, steps: window!.steps, scored: window!.scored, hidden: [6], classes: true },
  domain: domain.slice(0, window!.channels),
})

test('the loss is the mean of −log p of the class over samples and scored steps', async () => {
  const problem = await waves()
  const network = gruNetwork(sizes(problem))
  const task = regressionTask({ network, problem })
  const { trained, fixed } = network.init(key(1))
  const some = treeMap((t) => add(t, mul(normal(key(2), t.shape), 0.5)), trained)
  const points = problem.points('train')
  const { steps, scored, channels } = problem.window!
  const state = { now: network.rest(points.count) }
  let loss = 0
  const data = task.data()
  for (let t = 0; t < steps; t++) {
    const x = Float64Array.from(
      { length: points.count * channels },
      (_, i) => points.x[(Math.floor(i / channels) * steps + t) * channels + (i % channels)]!,
    )
    const [next, y] = network.step(
      { trained: some, fixed },
      state.now,
      tensor(x, { dtype: 'f32', shape: [points.count, channels] }),
    )
    state.now = next
    if (t < steps - scored) continue
    const logits = [...(await y.data())].map(Number)
    for (let n = 0; n < points.count; n++) {
      const [a, b] = [logits[2 * n]!, logits[2 * n + 1]!]
      const own = points.y[2 * n] === 1 ? a : b
      loss -= (own - Math.log(Math.exp(a) + Math.exp(b))) / (points.count * scored)
    }
  }
  expect(await task.objective(some, fixed, data, key(0)).item()).toBeCloseTo(loss, 5)
  const { prediction } = await evaluate(network, { trained: some, fixed }, points)
  for (let n = 0; n < points.count; n++) expect(prediction[2 * n]! + prediction[2 * n + 1]!).toBeCloseTo(1, 5)
})

test('traces carry the gradient of the loss where units meet only themselves', async () => {
  const problem = await waves()
  const neuron = leakyIntegrateAndFire({ beta: 0.8 })
  const network = recurrentNetwork({ ...sizes(problem), neuron, spike: spike(atan()), gain: 0, readoutLeak: 0 })
  const task = regressionTask({ network, problem })
  const { trained, fixed } = network.init(key(1))
  const some: Tree = { ...trained, linear: treeMap((t) => add(t, mul(normal(key(3), t.shape), 0.5)), trained.linear) }
  const data = task.data()
  const loss = Object.assign((p: typeof trained) => task.objective(p, fixed, data, key(0)), {
    sequence: task.sequence!(fixed, data, key(0)),
  })
  const exact = grad(loss)(some as typeof trained)
  const traced = realTimeRecurrent().estimate(loss, some as typeof trained, {}, { key: key(0) })
  for (const part of ['weight', 'bias'] as const) {
    const [want, got] = [await exact.linear[part].data(), await traced.grad.linear[part].data()]
    got.forEach((v, i) => expect(Number(v)).toBeCloseTo(Number(want[i]), 5))
  }
  expect(await traced.value.item()).toBeCloseTo(await loss(some as typeof trained).item(), 6)
})

test.each([
  ['bp', bp()],
  ['realTimeRecurrent', realTimeRecurrent()],
] as const)('%s learns to tell classes apart', async (_, estimator) => {
  await using backend = referenceBackend()
  const problem = await waves()
  const neuron = leakyIntegrateAndFire({ beta: 0.8 })
  const network = recurrentNetwork({ ...sizes(problem), neuron, spike: spike(atan()) })
  const task = regressionTask({ network, problem })
  for await (const event of fit({ task, estimator, optimizer: adam(0.03), backend, key: 0, steps: 60 })) {
    if (event.type !== 'end') continue
    const { prediction } = await evaluate(network, event.variables, problem.points('train'))
    const { y, count } = problem.points('train')
    const right = Array.from({ length: count }, (__, n) => prediction[2 * n]! > 0.5 === (y[2 * n] === 1))
    expect(right.filter(Boolean).length / count).toBeGreaterThan(0.9)
    treeLeaves(event.variables).forEach((t) => t.dispose())
  }
})

test('refuses a network without a time step', async () => {
  const problem = await waves()
  const units = { neuron: leakyIntegrateAndFire({ beta: 0.8 }), spike: spike(atan()), time: 2 }
  const network = spikingMlp({ inputs: problem.inputs, outputs: 2, hidden: [4], ...units })
  expect(() => regressionTask({ network, problem })).toThrow(/recurrentNetwork.*INVALID_OPTION/)
})
