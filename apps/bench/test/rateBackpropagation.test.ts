import {
  UnavailableError,
  construct,
  declaredIn,
  div,
  jit,
  key as keyOf,
  lossParts,
  mean,
  mul,
  normal,
  sqrt,
  square,
  sub,
  sum,
  treeLeaves,
} from '@spikeward/core'
import type { Backend, Estimator, Key, Loss, NeuronModel, Tensor } from '@spikeward/core'
import { bp, rateBackpropagation } from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import { atan, fewSpike, integrateAndFire, leakyIntegrateAndFire, recurrent, spike, winners } from '@spikeward/neurons'
import { type SpikingMlpTrained, spikingMlp } from '@spikeward/operators'
import { describe, expect, test } from 'vitest'
import { backendNames, openBackend } from '../src/backends.js'
import { standard } from '../src/step/stepSettings.js'
import { makeWorkload } from '../src/step/workload.js'

/** Cosine of two tensors. */
const cosine = (a: Tensor, b: Tensor): Tensor => div(sum(mul(a, b)), sqrt(mul(sum(square(a)), sum(square(b)))))

type Options = { readonly hidden: readonly number[]; readonly time: number; readonly samples: number }

/** A loss of a spiking MLP with its parts, and its parameters, from a key. */
function lossOf(neuron: NeuronModel, { hidden, time, samples }: Options, k: Key) {
  const network = spikingMlp({ inputs: 2, outputs: 1, hidden, time, neuron, spike: spike(atan()) })
  const [net, points, targets] = k.split(3) as [Key, Key, Key]
  const { trained, fixed } = network.init(net)
  const x = normal(points, [samples, 2])
  const y = normal(targets, [samples, 1])
  const loss: Loss<SpikingMlpTrained> = Object.assign(
    (p: SpikingMlpTrained) => mean(square(sub(network.apply({ trained: p, fixed }, x), y))),
    {
      parts: lossParts({
        samples,
        input: x,
        forward: (p: SpikingMlpTrained, at) => network.apply({ trained: p, fixed }, at),
        head: (output: Tensor) => mean(square(sub(output, y)), 1),
        residuals: null,
      }),
    },
  )
  return { loss, trained }
}

/**
 * Cosine of the gradients of each hidden layer's weight by `rateBackpropagation` and by `bp`, in three layers of 24.
 */
async function cosines(neuron: NeuronModel): Promise<number[]> {
  const found = jit((k: Key) => {
    const { loss, trained } = lossOf(neuron, { hidden: [24, 24, 24], time: 24, samples: 64 }, k)
    const e = rateBackpropagation()
    const mine = e.estimate(loss, trained, e.init(trained), { key: k }).grad
    const truth = bp().estimate(loss, trained, {}, { key: k }).grad
    return mine.layers.map(({ weight }, l) => cosine(weight, truth.layers[l]!.weight))
  })(keyOf(3))
  return Promise.all(found.map((c) => c.item()))
}

/**
 * Every declared model with its defaults; `recurrent` and `winners` wrap another model, and `fewSpike` needs a current
 * that is constant in a cycle, which layers above spikes do not have.
 */
const declared = Object.values(declaredIn({ ...neurons }, 'neuron'))
  .filter((factory) => factory !== recurrent && factory !== winners && factory !== fewSpike)
  .map((factory): [string, NeuronModel] => [factory.declaration.name, construct(factory, {}) as NeuronModel])

/** The bound of models whose current reaches the membrane late: a rate says less about such a spike train. */
const late: Readonly<Record<string, number>> = { alpha: 0.75, resonateAndFire: 0.9 }

describe('rateBackpropagation', () => {
  test.each<[string, NeuronModel]>([
    ...declared,
    ['a membrane without leak', integrateAndFire()],
    ['a leak of 0.5', leakyIntegrateAndFire({ beta: 0.5 })],
    ['a reset to zero', leakyIntegrateAndFire({ beta: 0.9, reset: 'zero' })],
    ['no reset', leakyIntegrateAndFire({ beta: 0.5, reset: 'none' })],
    ['a soft reset that is not detached', leakyIntegrateAndFire({ beta: 0.9, resetDetached: false })],
    ['learned leaks and thresholds', leakyIntegrateAndFire({ beta: 0.9, learn: ['beta', 'threshold'] })],
  ])('points along the gradient in each of three layers: %s', async (name, neuron) => {
    for (const c of await cosines(neuron)) expect(c).toBeGreaterThan(late[name] ?? 0.95)
  })
})

/** A backend of a name, or the reason why this machine lacks it. */
async function opened(name: string): Promise<Backend | string> {
  try {
    return await openBackend(name, 1)
  } catch (error) {
    if (error instanceof UnavailableError) return error.message
    throw error
  }
}

/** Gradients by leaf of a step on a backend, of two hidden layers. */
async function gradientsOn(backend: Backend, e: Estimator): Promise<number[][]> {
  const grad = jit((k: Key) => {
    const { loss, trained } = lossOf(leakyIntegrateAndFire({ beta: 0.9 }), { hidden: [6, 5], time: 8, samples: 16 }, k)
    return e.estimate(loss, trained, e.init(trained), { key: k }).grad
  })
  const k = keyOf(5, { backend })
  const found = grad(k)
  const leaves = await Promise.all(treeLeaves(found).map(async (t) => [...(await t.data())]))
  for (const t of treeLeaves([found, k])) t.dispose()
  grad.dispose()
  return leaves
}

describe.each(backendNames.filter((name) => name !== 'reference'))('rateBackpropagation on %s', (name) => {
  test.for<[string, Estimator]>([
    ['forward weights', rateBackpropagation()],
    ['a weight mirror', rateBackpropagation({ transport: 'weightMirror' })],
    ['a trace for each synapse', rateBackpropagation({ traces: 'perSynapse' })],
  ])('has the gradients of the reference backend, by %s', async ([, e], context) => {
    const backend = await opened(name)
    if (typeof backend === 'string') return context.skip(backend)
    await using here = backend
    await using there = await openBackend('reference', 1)
    const [mine, truth] = [await gradientsOn(here, e), await gradientsOn(there, e)]
    expect(mine).toHaveLength(truth.length)
    for (const [i, g] of truth.entries()) {
      const size = Math.hypot(...g)
      expect(size).toBeGreaterThan(0)
      expect(Math.hypot(...g.map((x, j) => x - mine[i]![j]!))).toBeLessThan(1e-4 * size)
    }
  })
})

test('on native the traces of a step are in the time loops of its layers, in one tile-fused group', async (context) => {
  const backend = await opened('native')
  if (typeof backend === 'string') return context.skip(backend)
  await using here = backend
  const settings = { ...standard, estimator: 'rateBackpropagation', widths: [2, 64, 64, 64, 1], time: 32, batch: 256 }
  const workload = await makeWorkload(settings, here, false)
  const timing = workload.executable.profile!()
  await workload.steps(1)
  const steps = timing.stop()
  workload.dispose()
  const group = steps.findIndex(({ name }) => name.startsWith('tile-fused group'))
  const end = steps.findIndex(({ depth }, i) => i > group && depth <= steps[group]!.depth)
  const loops = (of: typeof steps): number => of.filter(({ name }) => /^kernel \S*scan/.test(name)).length
  expect(loops(steps.slice(group, end))).toBe(3)
  // Three layers, each with its trace in the same loop.
  expect(loops(steps)).toBe(3)
})
