import { cpu } from '@spikeward/backend-cpu'
import {
  abs,
  add,
  cos,
  grad,
  jit,
  key,
  layersOf,
  lossParts,
  max,
  mean,
  mul,
  normal,
  perturb,
  reshape,
  sin,
  square,
  stack,
  sub,
  sum,
  tensor,
  toBackend,
  treeLeaves,
  treePaths,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Backend, Estimator, Network, Tensor, Tree } from '@spikeward/core'
import { activity, bp, rateBackpropagation, rfg } from '@spikeward/estimators'
import { adam, applyUpdates } from '@spikeward/optim'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adaptive, convolutional, fourier, mesh, residual, sensors } from '../src/index.js'

/** A network and a small task: inputs and targets of its shapes. */
interface Row {
  readonly network: Network
  /** Whether the loss reads every time step, which rates do not. */
  readonly everyStep: boolean
  readonly x: Tensor
  readonly y: Tensor
}

const row = <P extends Tree>(
  network: Network<P>,
  x: Tensor,
  target: (x: Tensor) => Tensor,
  everyStep = false,
): Row => ({
  network: network,
  x,
  y: target(x),
  everyStep,
})

const nodes = 6
const ring = Array.from({ length: nodes }, (_, i) => i)
const graph = {
  from: tensor([...ring, ...ring], { dtype: 'i32' }),
  to: tensor([...ring.map((i) => (i + 1) % nodes), ...ring.map((i) => (i + nodes - 1) % nodes)], { dtype: 'i32' }),
  nodes,
}

/** sin(0.3 t + n + phase), [40 steps, 6 samples, phases]. */
const wave = (phases: readonly number[]): Tensor =>
  tensor(
    Array.from({ length: 40 }, (_, t) =>
      Array.from({ length: 6 }, (_, n) => phases.map((phase) => Math.sin(0.3 * t + n + phase))),
    ),
  )

const rows: readonly Row[] = [
  row(convolutional({ size: 8, channels: [4, 6], outputs: 2, steps: 8 }), normal(key(1), [8, 8, 8, 1]), (x) =>
    stack([sin(mul(0.3, sum(x, [1, 2, 3]))), cos(mul(0.3, sum(x, [1, 2, 3])))], 1),
  ),
  row(fourier({ channels: 6, modes: 4, layers: 2, steps: 8 }), uniform(key(2), [6, 16, 2]), (x) =>
    sin(mul(3, mean(x, 2, { keepDims: true }))),
  ),
  row(mesh({ graph, features: 2, channels: 8, rounds: 2, outputs: 1, steps: 8 }), normal(key(3), [8, nodes, 2]), (x) =>
    sin(sum(x, 2, { keepDims: true })),
  ),
  row(adaptive({ inputs: 2, neurons: 16, outputs: 1 }), wave([0, Math.PI / 2]), () => mul(0.5, wave([-0.5])), true),
  row(residual({ inputs: 2, neurons: 16, blocks: 2, outputs: 1, steps: 8 }), normal(key(5), [32, 2]), (x) =>
    sin(add(sum(x, 1, { keepDims: true }), 0.5)),
  ),
  row(sensors({ features: 2, channels: 8, outputs: 1, steps: 8 }), normal(key(6), [16, 5, 2]), (x) =>
    cos(sum(mean(x, 1), 1, { keepDims: true })),
  ),
]

/** Estimators, their steps, and the share of the loss that may remain. */
const estimators: readonly (readonly [string, Estimator, number, number])[] = [
  ['bp', bp(), 150, 0.5],
  ['rfg', rfg({ directions: 16 }), 150, 0.8],
  ['rateBackpropagation', rateBackpropagation(), 150, 0.6],
  ['rateBackpropagation with a weight mirror', rateBackpropagation({ transport: 'weightMirror' }), 150, 0.8],
  ['activity', activity({ directions: 16 }), 150, 0.8],
]

let backend: Backend
beforeAll(async () => {
  backend = await cpu({ threads: 1 })
})
afterAll(() => backend[Symbol.asyncDispose]())

/** Loss before and after a training. */
async function losses({ network, x, y }: Row, estimator: Estimator, steps: number): Promise<[number, number]> {
  const [inputs, targets] = await toBackend([x, y] as const, backend)
  const squares = (output: Tensor): Tensor => square(sub(output, targets))
  const value = (p: Tree): Tensor => mean(squares(network.apply(p, inputs)))
  const parts = lossParts({
    samples: x.shape[0]!,
    input: inputs,
    forward: (p: Tree, from: Tensor) => network.apply(p, from),
    head: (output) => mean(reshape(squares(output), [x.shape[0]!, -1]), 1),
    residuals: null,
  })
  const loss = Object.assign(value, { parts })
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
  const before = await jit(loss)(params).item()
  for (let i = 0; i < steps; i++) ({ params, state, own } = step(params, state, own, tensor(i, { dtype: 'u32' })))
  const after = await jit(loss)(params).item()
  step.dispose()
  return [before, after]
}

describe.each(rows.map((r) => [r.network.name, r] as const))('%s', (_name, r) => {
  it('has outputs of the shape of its task', () => {
    const params = r.network.init(key(7))
    expect(r.network.apply(params, r.x).shape).toEqual(r.y.shape)
    expect(treeLeaves(params).length).toBeGreaterThan(3)
  })

  it('shows its layers by the paths of their weights, and their pre-activations', async () => {
    const params = r.network.init(key(7))
    const paths = treePaths(params)
    const layers = layersOf((p: Tree, x: Tensor) => r.network.apply(p, x), params, r.x)
    const weights = [...new Set(layers.map((l) => l.name))]
    expect(weights.every((name) => paths.some((p) => p === name || p.startsWith(`${name}.`)))).toBe(true)
    // Every weight belongs to a layer.
    expect(paths.filter((p) => !p.endsWith('bias') && !weights.some((name) => p.startsWith(name)))).toEqual([])
    const none = Object.fromEntries(layers.map((l) => [l.id, zeros(l.shape)]))
    const loss = (perturbations: typeof none, p: Tree): Tensor =>
      mean(square(sub(perturb((q: Tree, x: Tensor) => r.network.apply(q, x))(perturbations, p, r.x), r.y)))
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
})
