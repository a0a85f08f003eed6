import { cpu } from '@spikeward/backend-cpu'
import {
  abs,
  grad,
  jit,
  key,
  layersOf,
  max,
  mean,
  neuronsOf,
  perturb,
  square,
  sub,
  sum,
  tensor,
  toBackend,
  treeLeaves,
  treePaths,
  zeros,
} from '@spikeward/core'
import type { Backend, Estimator, Tensor, Tree } from '@spikeward/core'
import { activity, bp, eligibility, rateBackpropagation, rfg } from '@spikeward/estimators'
import { adam, applyUpdates } from '@spikeward/optim'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onlineEstimator } from './measure.js'
import { lossOf, rows } from './rows.js'
import type { Row } from './rows.js'

/** Estimators, their steps, and the share of the loss that may remain. */
const estimators: readonly (readonly [string, Estimator, number, number])[] = [
  ['bp', bp(), 150, 0.5],
  ['rfg', rfg({ directions: 16 }), 150, 0.8],
  ['rateBackpropagation', rateBackpropagation(), 150, 0.6],
  ['rateBackpropagation with a weight mirror', rateBackpropagation({ transport: 'weightMirror' }), 150, 0.8],
  ['activity', activity({ directions: 16 }), 150, 0.8],
  ['eligibility', eligibility({ directions: 16 }), 150, 0.8],
]

let backend: Backend
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
})
afterAll(() => backend[Symbol.asyncDispose]())

/** Loss before and after a training. */
async function losses(row: Row, estimator: Estimator, steps: number): Promise<[number, number]> {
  const { x, y } = row.task(row.steps)
  const network = row.network(row.steps)
  const [inputs, targets] = await toBackend([x, y] as const, backend)
  const loss = lossOf(network, inputs, targets)
  const optimizer = adam(0.01)
  let params = await toBackend(network.init(key(7)), backend)
  let state = optimizer.init(params)
  let own = estimator.init(params)
  const directions = key(8, { backend })
  const step = jit((p: Tree, s: typeof state, e: Tree, i: Tensor) => {
    const { value, grad, state: next } = estimator.estimate(loss, p, e, { key: directions.fold(i) })
    const update = optimizer.update(grad, s, p)
    return { params: applyUpdates(p, update.updates), state: update.state, own: next, value }
  })
  const value = jit(loss)
  const before = await value(params).item()
  for (let i = 0; i < steps; i++) ({ params, state, own } = step(params, state, own, tensor(i, { dtype: 'u32' })))
  const after = await value(params).item()
  step.dispose()
  value.dispose()
  return [before, after]
}

describe.each(rows.map((r) => [r.name, r] as const))('%s', (_name, r) => {
  const network = r.network(r.steps)
  const { x, y } = r.task(r.steps)

  it('has outputs of the shape of its task', () => {
    const params = network.init(key(7))
    expect(network.apply(params, x).shape).toEqual(y.shape)
    expect(treeLeaves(params).length).toBeGreaterThan(3)
  })

  it('shows its layers by the paths of their weights, and their pre-activations', async () => {
    const params = network.init(key(7))
    const paths = treePaths(params)
    const layers = layersOf((p: Tree, x: Tensor) => network.apply(p, x), params, x)
    const weights = [...new Set(layers.map((l) => l.name))]
    expect(weights.every((name) => paths.some((p) => p === name || p.startsWith(`${name}.`)))).toBe(true)
    // Every weight belongs to a layer.
    expect(paths.filter((p) => !p.endsWith('bias') && !weights.some((name) => p.startsWith(name)))).toEqual([])
    const none = Object.fromEntries(layers.map((l) => [l.id, zeros(l.shape)]))
    const loss = (perturbations: typeof none, p: Tree): Tensor =>
      mean(square(sub(perturb((q: Tree, x: Tensor) => network.apply(q, x))(perturbations, p, x), y)))
    const errors = grad(loss)(none, params)
    const gradient = treeLeaves(grad((p: Tree) => loss({}, p))(params))
    for (const { id, name } of layers) {
      const bias = paths.indexOf(name.replace(/weight$/, 'bias'))
      if (bias < 0) continue
      const error = errors[id]!
      const summed = sum(
        error,
        error.shape.slice(0, -1).map((_, a) => a),
      )
      expect(await max(abs(sub(summed, gradient[bias]!))).item(), id).toBeLessThan(1e-5)
    }
  })

  it('shows its units by the layers that drive them', () => {
    const params = network.init(key(7))
    const found = neuronsOf((p: Tree, inputs: Tensor) => network.apply(p, inputs))(params, x)
    const layers = layersOf((p: Tree, inputs: Tensor) => network.apply(p, inputs), params, x)
    expect(Object.keys(found).length).toBeGreaterThan(1)
    for (const [id, { spikes, membranes }] of Object.entries(found)) {
      const { shape } = layers.find((l) => l.id === id)!
      expect([spikes.shape, (membranes as Tensor).shape]).toEqual([1, 2].map(() => [r.steps, ...shape]))
    }
  })

  it.each(r.everyStep ? ['TIME_DEPENDENT'] : [])('is refused by rates as %s', async (code) => {
    await expect(losses(r, rateBackpropagation(), 1)).rejects.toThrow(expect.objectContaining({ code }))
  })

  it.each(estimators.filter(([name]) => ['bp', 'rfg'].includes(name) || !r.everyStep))(
    'trains by %s',
    async (_estimator, estimator, steps, remains) => {
      const [before, after] = await losses(r, estimator, steps)
      expect(after).toBeLessThan(remains * before)
    },
  )

  it.each((['dRtrl', 'meanField'] as const).filter(() => r.everyStep))('trains online by %s', async (rule) => {
    const [before, after] = await losses(r, onlineEstimator(rule, r), 150)
    expect(after).toBeLessThan(0.6 * before)
  })
})
