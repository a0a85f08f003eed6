import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import { traceFlat } from '../../src/interpreters/traceFlat.js'
import type { Tensor, Tree } from '../../src/index.js'
import { expectClose, f64, irregular, numbers } from '../helpers.js'
import { derivativeCases, v } from './derivativeCases.js'

type Fn = (...xs: Tensor[]) => Tree

/** Σ_i w_i ∂ᵏf/∂v_iᵏ by one jet for each direction. */
function byJets(fn: Fn, args: Tensor[], directions: Tensor[][], order: number, weights: number[]): Tree {
  const each = directions.map((along) => sw.jet(fn, args, along, order)[order]!)
  const leaves = each.map(sw.treeLeaves)
  return leaves[0]!.map((_, r) => leaves.map((own, i) => sw.mul(own[r]!, weights[i]!)).reduce((a, b) => sw.add(a, b)))
}

const w = f64([
  [0.5, -1.2, 2],
  [1.5, 0.7, -0.4],
  [0.1, 0.2, 0.3],
])
const net = (x: Tensor): Tensor => sw.matmul(sw.tanh(sw.matmul(sw.tanh(sw.matmul(x, w)), w)), w)
/** One direction. */
const one = (t: Tensor): [Tensor] => [t]
const units = [0, 1, 2].map((a) => f64([0, 1, 2].map((b) => (a === b ? 1 : 0))))
const along =
  (f: (x: Tensor) => Tensor, a: number): ((x: Tensor) => Tensor) =>
  (x) =>
    sw.jvp(f, [x], [units[a]!])[1]
const laplacian =
  (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) =>
  (x) =>
    [0, 1, 2].map((a) => along(along(f, a), a)(x)).reduce((a, b) => sw.add(a, b))

describe('collapsedJet', () => {
  it.each(derivativeCases)('%s: as one jet for each direction', async (_name, fn, args) => {
    const directions = [irregular(args), irregular(args, 3)]
    const weights = [0.7, -1.3]
    for (const order of [2, 3]) {
      const [value, found] = sw.collapsedJet(fn, args, directions, order, { weights })
      await expectClose(value, fn(...args), 1e-12)
      await expectClose(found, byJets(fn, args, directions, order, weights), 1e-9)
    }
  })

  it('is the Laplacian along unit vectors, and the biharmonic operator along the axes of an icosahedron', async () => {
    const directions = units.map(one)
    await expectClose(sw.collapsedJet(net, [v], directions, 2)[1], laplacian(net)(v), 1e-10)
    const golden = (1 + Math.sqrt(5)) / 2
    const length = Math.sqrt(1 + golden ** 2)
    const corners = [-1, 1].flatMap((s) => [
      [0, s, golden],
      [s, golden, 0],
      [golden, 0, s],
    ])
    const axes = corners.map((c) => one(f64(c.map((x) => x / length))))
    const fourth = sw.collapsedJet(net, [v], axes, 4, { weights: axes.map(() => 5 / 6) })[1]
    await expectClose(fourth, laplacian(laplacian(net))(v), 1e-9)
  })

  it('carries the last coefficient once for all directions', () => {
    const products = (f: Fn, compiled: boolean): number =>
      (compiled ? sw.trace(f, v) : traceFlat((x) => sw.treeLeaves(f(x)), [v.aval])).program.equations.filter(
        (e) => e.primitive.name === 'dot',
      ).length
    const order4: Fn = (x) => sw.collapsedJet(net, [x], units.map(one), 4)[1]
    // Value and direction; the value, three directions of three coefficients and the sum; the sum alone.
    expect(products(order4, true)).toBe(4 + (1 + 3 * 3 + 1) + 1)
    const separate: Fn = (x) => byJets(net, [x], units.map(one), 4, [1, 1, 1])
    expect(products(separate, true)).toBe(4 + (1 + 3 * 4) + 3)
  })

  it('goes through a scan, composes with grad, jvp and vmap, and takes integers', async () => {
    const steps = (x: Tensor): Tensor =>
      sw.scan((h: Tensor, u: Tensor) => [sw.tanh(sw.add(h, u)), []] as const, sw.mul(x, x), sw.stack([x, x]))[0]
    const directions = [one(v), one(units[0]!)]
    await expectClose(sw.collapsedJet(steps, [v], directions, 4)[1], byJets(steps, [v], directions, 4, [1, 1]), 1e-9)
    const second = (x: Tensor): Tensor => sw.sum(sw.collapsedJet(net, [x], directions, 2)[1])
    const nested = (x: Tensor): Tensor =>
      sw.sum(
        directions
          .map(([d]) => sw.jvp((y: Tensor) => sw.jvp(net, [y], [d])[1], [x], [d])[1])
          .reduce((a, b) => sw.add(a, b)),
      )
    await expectClose(sw.grad(second)(v), sw.grad(nested)(v), 1e-10)
    await expectClose(sw.jvp(second, [v], [units[1]!])[1], sw.jvp(nested, [v], [units[1]!])[1], 1e-10)
    const rows = sw.stack([v, units[2]!])
    await expectClose(sw.vmap(second)(rows), [await second(v).item(), await second(units[2]!).item()], 1e-10)
    const at = sw.tensor([2, 0], { dtype: 'i32' })
    const picked = sw.collapsedJet((x: Tensor, i: Tensor) => sw.take(sw.mul(x, x), i), [v, at], [[v, at]], 2)[1]
    const x = await numbers(v)
    await expectClose(picked, [2 * x[2]! ** 2, 2 * x[0]! ** 2], 1e-12)
  })

  it('refuses an impossible order, no direction, and another number of weights', () => {
    const f = (x: Tensor): Tensor => x
    expect(() => sw.collapsedJet(f, [v], [[v]], 1)).toThrow(/order is 1/)
    expect(() => sw.collapsedJet(f, [v], [], 2)).toThrow(/0 directions/)
    expect(() => sw.collapsedJet(f, [v], [[v]], 2, { weights: [1, 2] })).toThrow(/1 directions and 2 weights/)
    expect(() => sw.collapsedJet(f, [v], [[f64(1)]], 2)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }))
  })
})
