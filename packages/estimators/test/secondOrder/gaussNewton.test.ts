import {
  add,
  affine,
  arange,
  concatenate,
  div,
  jit,
  jvp,
  key,
  lossParts,
  matmul,
  mean,
  mul,
  normal,
  reshape,
  square,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  treeFlatten,
  treeLeaves,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { Estimator, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { basis, bp, gaussNewton, subspaceGaussNewton } from '../../src/index.js'
import type { DampedState, GaussNewtonState, Transport } from '../../src/index.js'
import { ridgeSolve, scaledSolve } from '../../src/secondOrder/leastSquares.js'
import { net, netLoss, numbers, squaredNorm } from '../fixtures.js'
import { type SpikingParams, spikingLoss } from '@spikeward/testkit'

const f64 = { dtype: 'f64' } as const
const flat = (tree: Tree): Tensor => concatenate(treeLeaves(tree).map((t) => reshape(t, [t.size])))
type Problem = ReturnType<typeof spikingLoss>

/** J [M, d] by d basis directions, and r. */
function truth({ loss, params }: Problem): { j: Tensor; r: Tensor } {
  const { leaves } = treeFlatten(params)
  const residuals = (p: SpikingParams): Tensor => loss.parts!.residuals!(loss.parts!.forward(p, loss.parts!.input))
  const d = leaves.reduce((n, t) => n + t.size, 0)
  const columns = vmap((i: Tensor) => jvp(residuals, [params], [unflatten(params, basis(leaves, i))])[1])(
    arange(d, 'i32'),
  )
  return { j: transpose(columns), r: residuals(params) }
}
const unflatten = (like: SpikingParams, leaves: readonly Tensor[]): SpikingParams => {
  const rest = [...leaves]
  return treeMap(() => rest.shift()!, like)
}

/** tanh layers as a loss with parts: there the traces give J exactly at any depth. */
function denseLoss(widths: readonly number[], samples: number): Problem {
  const { params } = spikingLoss({ widths, samples })
  const x = normal(key(5), [samples, widths[0]!], f64)
  const y = normal(key(6), [samples, widths.at(-1)!], f64)
  const parts = lossParts({
    samples,
    input: x,
    forward: (p: SpikingParams, at) =>
      affine(
        p.readout,
        p.layers.reduce((h, layer) => tanh(affine(layer, h)), at),
      ),
    residuals: (output) => reshape(sub(output, y), [-1]),
    head: (output) => mean(square(sub(output, y)), 1),
  })
  const loss = (p: SpikingParams): Tensor => mean(parts.head(parts.forward(p, parts.input)))
  return { loss: Object.assign(loss, { parts }), params }
}
const stateOf = (damping: number): GaussNewtonState => ({
  damping: tensor(damping, f64),
  transport: { feedback: [], before: [], next: [] },
})

it('leastScale is refused where it has no effect', () => {
  expect(() => gaussNewton({ leastScale: 0.01 })).toThrow(/leastScale 0.01 has no effect/)
  expect(() => gaussNewton({ scaling: 'mean', leastScale: 1e-4 })).not.toThrow()
})

describe('gaussNewton', () => {
  it.each([
    ['more residuals than parameters', { widths: [2, 3, 1], samples: 30 }],
    ['more parameters than residuals', { widths: [2, 6, 1], samples: 5 }],
    ['several outputs', { widths: [2, 3, 2], samples: 20 }],
  ])('solves (JᵀJ/M + λ s I) Δ = Jᵀr/M with the exact J: %s', async (_, options) => {
    const problem = spikingLoss(options)
    const { j, r } = truth(problem)
    const [rows, d] = j.shape as [number, number]
    const lambda = 0.03
    const e = gaussNewton({ damping: lambda, adapt: false })
    const { grad, value, stats } = e.estimate(problem.loss, problem.params, stateOf(lambda), { key: key(1) })
    const step = flat(grad)
    const scale = div(sum(square(j)), rows * d)
    const left = add(div(matmul(transpose(j), matmul(j, step)), rows), mul(step, mul(scale, lambda)))
    const right = await numbers(div(matmul(transpose(j), r), rows))
    ;(await numbers(left)).forEach((x, i) => expect(x).toBeCloseTo(right[i]!, 9))
    expect(squaredNorm(right)).toBeGreaterThan(1e-4)
    expect(await value.item()).toBeCloseTo(await problem.loss(problem.params).item(), 12)
    expect(await stats.forwardEquivalents.item()).toBe(2)
  })

  it('gives the same step by traces below, through smooth layers, by an exact J', async () => {
    const problem = denseLoss([2, 3, 4, 2], 40)
    const { j, r } = truth(problem)
    const [rows, d] = j.shape as [number, number]
    const e = gaussNewton({ below: 'traces', damping: 0.03, adapt: false })
    const { grad, stats } = e.estimate(problem.loss, problem.params, stateOf(0.03), { key: key(1) })
    const step = flat(grad)
    const scale = div(sum(square(j)), rows * d)
    const left = add(div(matmul(transpose(j), matmul(j, step)), rows), mul(step, mul(scale, 0.03)))
    const right = await numbers(div(matmul(transpose(j), r), rows))
    ;(await numbers(left)).forEach((x, i) => expect(x).toBeCloseTo(right[i]!, 9))
    expect(squaredNorm(await numbers(grad.layers[0]!))).toBeGreaterThan(0)
    expect(await stats.forwardEquivalents.item()).toBe(3)
  })

  it.each([
    ['more residuals than parameters', [2, 3, 1], 30],
    ['more parameters than residuals', [2, 6, 1], 5],
  ])('damps each parameter by its own curvature with scaling=columns: %s', async (_, widths, samples) => {
    const problem = spikingLoss({ widths, samples })
    const { j, r } = truth(problem)
    const rows = j.shape[0]!
    const lambda = 0.03
    const e = gaussNewton({ scaling: 'columns', damping: lambda, adapt: false })
    const step = flat(e.estimate(problem.loss, problem.params, stateOf(lambda), { key: key(1) }).grad)
    const own = mean(square(j), 0)
    const left = await numbers(add(div(matmul(transpose(j), matmul(j, step)), rows), mul(step, mul(own, lambda))))
    const right = await numbers(div(matmul(transpose(j), r), rows))
    expect(Math.min(...(await numbers(own)))).toBeGreaterThan(0)
    left.forEach((x, i) => expect(x).toBeCloseTo(right[i]!, 9))
  })

  it.each(['own', 'f64'] as const)(
    'scaling=columns moves a weak parameter as far as a strong one: %s',
    async (precision) => {
      // r = (a − 1, 10⁻³ (b − 1)): the solution is 1 for both, whatever their units.
      const j = tensor([1, 0, 0, 1e-3], { shape: [2, 2], ...(precision === 'own' ? f64 : {}) })
      const r = matmul(j, tensor([1, 1], { dtype: j.dtype as 'f32' }))
      const lambda = tensor(0.01, { dtype: j.dtype as 'f32' })
      const [a, b] = await numbers(scaledSolve(j, r, lambda, 1e-4, precision))
      expect(a).toBeCloseTo(1 / 1.01, 5)
      expect(b).toBeCloseTo(1 / 1.01, 5)
      const [, weak] = await numbers(ridgeSolve(j, r, lambda, precision))
      expect(weak).toBeLessThan(1e-3)
      const dead = await numbers(
        scaledSolve(mul(j, tensor([1, 0], { dtype: j.dtype as 'f32' })), r, lambda, 1e-4, precision),
      )
      expect(dead[1]).toBe(0)
      // With the least scale 1 all columns have one unit, and it is the other damping.
      const [, held] = await numbers(scaledSolve(j, r, lambda, 1, precision))
      expect(held! / weak!).toBeCloseTo(1, 4)
    },
  )

  it('scaling=columns has the damping λ s u² with columns below the least scale', async () => {
    const [sizes, lambda, least] = [[2, 1e-3, 0], 0.3, 0.1]
    const j = tensor(
      sizes.flatMap((c, i) => [0, 1, 2].map((k) => (k === i ? c : 0))),
      { shape: [3, 3], ...f64 },
    )
    const step = await numbers(scaledSolve(j, tensor([1, 2, 3], f64), tensor(lambda, f64), least))
    const c = sizes.map((size) => size / Math.sqrt(3))
    const u = c.map((size) => Math.max(size, least * c[0]!))
    const s = c.reduce((sum, size, i) => sum + (size / u[i]!) ** 2 / 3, 0)
    sizes.forEach((size, i) =>
      expect(step[i]).toBeCloseTo((size * (i + 1)) / 3 / (c[i]! ** 2 + lambda * s * u[i]! ** 2), 12),
    )
  })

  it.each([false, true])('through layers of spikes it is a step down, residual layers: %s', async (residual) => {
    const problem = spikingLoss({ widths: [2, 6, 6, 6, 1], samples: 30, time: 12, residual })
    const e = gaussNewton({ below: 'traces', damping: 1 })
    const { grad, value, stats } = e.estimate(problem.loss, problem.params, e.init(problem.params), { key: key(1) })
    const after = await problem.loss(treeMap(sub, problem.params, grad)).item()
    expect(await stats.accepted!.item()).toBe(1)
    expect(after).toBeLessThan(await value.item())
    expect(squaredNorm(await numbers(grad.layers[0]!))).toBeGreaterThan(0)
  })

  it('solves in f64 what f32 cannot', async () => {
    const problem = spikingLoss({ widths: [2, 3, 1], samples: 30, dtype: 'f32' })
    const double = spikingLoss({ widths: [2, 3, 1], samples: 30 })
    const stepOf = async ({ loss, params }: Problem, precision: 'own' | 'f64'): Promise<number[]> => {
      const state = stateOf(1e-9)
      const { grad } = gaussNewton({ precision, adapt: false }).estimate(loss, params, state, { key: key(1) })
      return numbers(grad)
    }
    const truth = await stepOf(double, 'own')
    const missed = (found: readonly number[]): number => squaredNorm(found.map((x, i) => x - truth[i]!))
    const [own, f64Solve] = [missed(await stepOf(problem, 'own')), missed(await stepOf(problem, 'f64'))]
    expect(f64Solve).toBeLessThan(1e-4 * squaredNorm(truth))
    expect(f64Solve).toBeLessThan(0.5 * own)
  })

  it('moves layers below in the span of its directions, by the same equations', async () => {
    const problem = spikingLoss({ widths: [2, 3, 4, 1], samples: 12 })
    const estimate = (directions: number, k: number): SpikingParams =>
      gaussNewton({ directions, adapt: false }).estimate(problem.loss, problem.params, stateOf(0.01), { key: key(k) })
        .grad
    expect(squaredNorm(await numbers(estimate(0, 1).layers[0]!))).toBe(0)
    // Two keys, one direction each: the steps below are multiples of two different vectors of the 9 parameters there.
    const [a, b] = [await numbers(estimate(1, 1).layers[0]!), await numbers(estimate(1, 2).layers[0]!)]
    const cosine = a.reduce((s, x, i) => s + x * b[i]!, 0) / Math.sqrt(squaredNorm(a) * squaredNorm(b))
    expect(squaredNorm(a)).toBeGreaterThan(0)
    expect(Math.abs(cosine)).toBeLessThan(0.99)
    expect(await numbers(estimate(3, 1))).toEqual(await numbers(estimate(3, 1)))
  })

  it.each([
    ['one hidden layer of spikes', spikingLoss({ widths: [2, 8, 2], samples: 30 }), 'directions'],
    ['two dense layers, by traces', denseLoss([2, 3, 4, 2], 40), 'traces'],
  ] as const)('gives the same step by mirrored weights, and another by random ones: %s', async (_, problem, below) => {
    const steps = async (transport: Transport): Promise<number[]> => {
      const e = gaussNewton({ below, transport, adapt: false })
      return numbers(e.estimate(problem.loss, problem.params, e.init(problem.params), { key: key(1) }).grad)
    }
    const exact = await steps('weights')
    ;(await steps('weightMirror')).forEach((x, i) => expect(x).toBeCloseTo(exact[i]!, 8))
    const random = await steps('random')
    expect(squaredNorm(random.map((x, i) => x - exact[i]!))).toBeGreaterThan(0.01 * squaredNorm(exact))
  })

  it('lowers the loss by mirrored weights too, which lag behind the steps', async () => {
    const problem = spikingLoss({ widths: [2, 8, 1], samples: 30, time: 12 })
    const e = gaussNewton({ transport: 'weightMirror', vectors: 2 })
    const run = jit((p: SpikingParams, s: GaussNewtonState) => e.estimate(problem.loss, p, s, { key: key(1) }))
    let { params } = problem
    let state = e.init(params)
    for (let i = 0; i < 25; i++) {
      const one = run(params, state)
      params = treeMap(sub, params, one.grad)
      state = one.state
    }
    expect(await problem.loss(params).item()).toBeLessThan(0.5 * (await problem.loss(problem.params).item()))
    run.dispose()
  })

  it('lowers the loss step by step, or stands still and damps more', async () => {
    const problem = spikingLoss({ widths: [2, 8, 1], samples: 30, time: 12 })
    const e = gaussNewton()
    const run = jit((p: SpikingParams, s: GaussNewtonState) => e.estimate(problem.loss, p, s, { key: key(1) }))
    let { params } = problem
    let state = e.init(params)
    const values: number[] = []
    const seen = new Set<number>()
    for (let i = 0; i < 25; i++) {
      const one = run(params, state)
      const accepted = await one.stats.accepted!.item()
      const [before, after] = [await state.damping.item(), await one.state.damping.item()]
      seen.add(accepted)
      if (accepted === 1) expect(after).toBeLessThan(before)
      else {
        expect(after).toBeGreaterThan(before)
        expect(squaredNorm(await numbers(one.grad))).toBe(0)
      }
      values.push(await one.value.item())
      params = treeMap(sub, params, one.grad)
      state = one.state
    }
    values.slice(1).forEach((v, i) => expect(v).toBeLessThanOrEqual(values[i]! + 1e-12))
    expect(values.at(-1)!).toBeLessThan(0.5 * values[0]!)
    expect(seen).toEqual(new Set([0, 1]))
    run.dispose()
  })

  it('refuses a loss that is not one of squares', () => {
    const { loss, params } = spikingLoss()
    const other = Object.assign((p: SpikingParams) => loss(p), { parts: { ...loss.parts!, residuals: null } })
    for (const e of [gaussNewton(), subspaceGaussNewton()] as Estimator<DampedState>[]) {
      expect(() => e.estimate(other, params, e.init(params), { key: key(1) })).toThrow(
        expect.objectContaining({ code: 'LOSS_WITHOUT_RESIDUALS' }),
      )
      expect(() => e.estimate(netLoss, net, e.init(net), { key: key(1) })).toThrow(
        expect.objectContaining({ code: 'LOSS_WITHOUT_PARTS' }),
      )
    }
    expect(() => gaussNewton({ decrease: 2 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('subspaceGaussNewton', () => {
  it('with directions that span everything and no damping it is the Gauss–Newton step', async () => {
    const problem = spikingLoss({ widths: [2, 3, 1], samples: 30 })
    const { j, r } = truth(problem)
    const d = j.shape[1]!
    const e = subspaceGaussNewton({ directions: d, damping: 1e-7, adapt: false })
    const step = flat(e.estimate(problem.loss, problem.params, stateOf(1e-12), { key: key(1) }).grad)
    const normal = matmul(transpose(j), sub(matmul(j, step), r))
    expect(squaredNorm(await numbers(normal))).toBeLessThan(1e-8 * squaredNorm(await numbers(matmul(transpose(j), r))))
  })

  it('with much damping it goes along V Vᵀ∇L', async () => {
    const problem = spikingLoss({ widths: [2, 3, 1] })
    const e = subspaceGaussNewton({ directions: 1, adapt: false })
    const g = bp().estimate(problem.loss, problem.params, {}, { key: key(1) }).grad
    const { grad } = e.estimate(problem.loss, problem.params, stateOf(1e4), { key: key(1) })
    const inner = await mean(mul(flat(g), flat(grad))).item()
    expect(inner).toBeGreaterThan(0)
  })

  it('lowers the loss, and counts', async () => {
    const problem = spikingLoss({ widths: [2, 8, 8, 1], samples: 20 })
    const e = subspaceGaussNewton({ directions: 16 })
    const run = jit((p: SpikingParams, s: DampedState, i: Tensor) =>
      e.estimate(problem.loss, p, s, { key: key(1).fold(i) }),
    )
    let { params } = problem
    let state = e.init(params)
    const first = await problem.loss(params).item()
    for (let i = 0; i < 20; i++) {
      const one = run(params, state, tensor(i, { dtype: 'i32' }))
      expect(await one.stats.forwardEquivalents.item()).toBe(18)
      params = treeMap(sub, params, one.grad)
      state = one.state
    }
    expect(await problem.loss(params).item()).toBeLessThan(0.5 * first)
    run.dispose()
  })
})
