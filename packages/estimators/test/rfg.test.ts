import { add, jit, jvp, key, mul, square, sum, tensor, treeFlatten, treeLeaves, zeros } from '@spikeward/core'
import type { Key, Tensor, Tree } from '@spikeward/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { directionalEstimate, distributions, gaussianDistribution, rademacherDistribution, rfg } from '../src/index.js'
import { net, netLoss, numbers } from './fixtures.js'

const estimate = (k: Key, options: Parameters<typeof rfg>[0], loss = netLoss) =>
  rfg(options).estimate(loss, net, {}, { key: k })
const settings = fc.record({
  scope: fc.constantFrom('global' as const, 'layerwise' as const),
  directions: fc.integer({ min: 1, max: 4 }),
  distribution: fc.constantFrom(...Object.values(distributions)),
})
const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })
const trees = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    shapes,
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((list) => ({ list })),
    fc
      .dictionary(fc.constantFrom('weight', 'bias', 'layers'), tie('tree'), { minKeys: 1 })
      .map((record) => ({ record })),
  ),
})).tree
const build = (t: unknown): Tree => {
  if (Array.isArray(t)) return zeros(t as number[])
  const node = t as { list?: unknown[]; record?: Record<string, unknown> }
  return node.list
    ? node.list.map(build)
    : Object.fromEntries(Object.entries(node.record!).map(([n, c]) => [n, build(c)]))
}

describe('rfg', () => {
  it('is linear in the scale of the loss', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.integer({ min: -8, max: 8 }), fc.nat(1000), async (options, factor, k) => {
        const plain = await numbers(estimate(key(k), options).grad)
        const scaled = await numbers(estimate(key(k), options, (p) => mul(netLoss(p), factor)).grad)
        scaled.forEach((x, i) => expect(x).toBeCloseTo(factor * plain[i]!, 10))
      }),
      { numRuns: 25 },
    )
  })

  it('keeps the structure, shapes and types of any tree', () => {
    fc.assert(
      fc.property(trees, settings, (made, options) => {
        const params = build(made)
        const loss = (p: Tree): Tensor => treeLeaves(p).reduce<Tensor>((s, x) => add(s, sum(square(x))), zeros([]))
        const { grad } = rfg(options).estimate(loss, params, {}, { key: key(1) })
        expect(treeFlatten(grad).structure.text).toBe(treeFlatten(params).structure.text)
        expect(treeLeaves(grad).map((t) => [t.dtype, t.shape])).toEqual(
          treeLeaves(params).map((t) => [t.dtype, t.shape]),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('is a pure function of the key', async () => {
    for (const scope of ['global', 'layerwise'] as const) {
      const [a, b, c] = await Promise.all(
        [7, 7, 8].map((k) => numbers(estimate(key(k), { scope, directions: 3 }).grad)),
      )
      expect(a).toEqual(b)
      expect(a).not.toEqual(c)
    }
  })

  it('reports the loss at the parameters', async () => {
    const truth = await netLoss(net).item()
    for (const scope of ['global', 'layerwise'] as const) {
      for (const directions of [1, 3]) {
        expect(await estimate(key(0), { scope, directions }).value.item()).toBeCloseTo(truth, 12)
      }
    }
  })

  it('counts its cost', async () => {
    const spent = (options: Parameters<typeof rfg>[0]) => estimate(key(0), options).stats.forwardEquivalents.item()
    expect(await spent({})).toBe(2)
    expect(await spent({ directions: 8 })).toBe(9)
    expect(await spent({ scope: 'layerwise', directions: 4 })).toBe(9)
  })

  it('draws independent directions: layers, directions and tensors differ', async () => {
    const [weight, bias] = rademacherDistribution.sample(key(0), [zeros([64]), zeros([64])])
    expect(await numbers(weight!)).not.toEqual(await numbers(bias!))
    // A loss with slope 1 everywhere: every entry of the estimate is (Σ v) v, so equal blocks would mean equal
    // directions.
    const twins = { a: { w: zeros([9]) }, b: { w: zeros([9]) } }
    const loss = (p: typeof twins): Tensor => add(sum(p.a.w), sum(p.b.w))
    const { grad } = rfg({ scope: 'layerwise' }).estimate(loss, twins, {}, { key: key(3) })
    const ratio = (x: number[]): number => x[1]! / x[0]!
    expect(ratio(await numbers(grad.a))).not.toBeCloseTo(ratio(await numbers(grad.b)), 3)
  })

  it('gives under jit what it gives eagerly, and compiles once', async () => {
    const step = jit((k: Key) => rfg({ directions: 3, scope: 'layerwise' }).estimate(netLoss, net, {}, { key: k }))
    for (const k of [1, 2]) {
      const [a, b] = [
        await numbers(step(key(k)).grad),
        await numbers(estimate(key(k), { directions: 3, scope: 'layerwise' }).grad),
      ]
      a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 10))
    }
    expect(step.stats().compilations).toBe(1)
    step.dispose()
  })

  it('layerwise with a single block is the global law with the key of block 0', async () => {
    const params = net.readout
    const loss = (p: typeof params): Tensor => netLoss({ ...net, readout: p })
    const a = rfg({ scope: 'layerwise', directions: 2 }).estimate(loss, params, {}, { key: key(4) })
    const b = rfg({ directions: 2 }).estimate(loss, params, {}, { key: key(4).fold(0) })
    expect(await numbers(a.grad)).toEqual(await numbers(b.grad))
  })

  it.each([
    [{ directions: 0 }, 'INVALID_OPTION'],
    [{ directions: 1.5 }, 'INVALID_OPTION'],
    [{ directions: Number.NaN }, 'INVALID_OPTION'],
    [{ scope: 'layer-wise' }, 'INVALID_OPTION'],
    [{ direction: 3 }, 'UNKNOWN_OPTION'],
  ])('refuses %j', (options, code) => {
    expect(() => rfg(options as Parameters<typeof rfg>[0])).toThrow(expect.objectContaining({ code }))
  })

  it('refuses parameters without derivatives, none at all, and a loss that is no number', () => {
    const run = (loss: (p: Tree) => Tensor, params: Tree) => () => rfg().estimate(loss, params, {}, { key: key(0) })
    const any = (): Tensor => tensor(1)
    expect(run(any, { n: tensor([1], { dtype: 'i32' }) })).toThrow(
      expect.objectContaining({ code: 'PARAMS_NOT_FLOAT' }),
    )
    expect(run(any, {})).toThrow(expect.objectContaining({ code: 'PARAMS_EMPTY' }))
    expect(run((p) => treeLeaves(p)[0]!, { x: tensor([1, 2]) })).toThrow(
      expect.objectContaining({ code: 'NOT_A_SCALAR' }),
    )
  })
})

describe('along', () => {
  it('is the mean of slope times direction, and shares direction 0 with K = 1', async () => {
    const at = treeLeaves(net)
    const f = (xs: readonly Tensor[]): Tensor =>
      netLoss({ hidden: { bias: xs[0]!, weight: xs[1]! }, readout: { bias: xs[2]!, weight: xs[3]! } })
    const direction = (k: number | Tensor): Tensor[] => gaussianDistribution.sample(key(9).fold(k), at)
    const parts: number[][] = []
    for (const k of [0, 1, 2]) {
      const [, slope] = jvp(f, [at], [direction(k)])
      const s = await slope.item()
      parts.push((await numbers(direction(k))).map((x) => s * x))
    }
    const many = await numbers(directionalEstimate(f, at, 3, (k) => direction(k)).grad)
    many.forEach((x, i) => expect(x).toBeCloseTo((parts[0]![i]! + parts[1]![i]! + parts[2]![i]!) / 3, 10))
    const one = await numbers(directionalEstimate(f, at, 1, (k) => direction(k)).grad)
    one.forEach((x, i) => expect(x).toBeCloseTo(parts[0]![i]!, 10))
  })
})
