import { type Coords, type Field, type Tensor, add, jit, key, tensor, treeMap } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { type BlockOptions, exactDerivatives, pinn, stencilDerivatives, withHardConditions } from '../../src/index.js'
import { codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

const points = (...x: (readonly [number, number])[]): Coords => ({
  kind: 'points',
  x: tensor(Float64Array.from(x.flat()), { ...f64, shape: [x.length, 2] }),
})
const domain = [
  [-1, 3],
  [0, 1],
] as const
const some: readonly (readonly [number, number])[] = [
  [0.3, 0.2],
  [-0.9, 0.5],
  [2.6, 0.8],
  [1, 0.4],
]
/** The same points, mirrored at the middle of x. */
const mirrored = some.map(([x, t]) => [2 - x, t] as const)

const blocks: readonly (readonly [string, BlockOptions])[] = [
  ['smooth units', smooth(5, 4)],
  ['spikes that code by rates', spiking(5, 4)],
  ['first spikes', { kind: 'firstSpike', hidden: [5, 4] }],
]

describe.each(blocks)('a PINN of %s', (_, block) => {
  it.each([[[0]], [[0, 1]]])('is odd in each of the axes %j that it names, and in no other', async (odd) => {
    const network = pinn({ axes: 2, odd, block, domain, ...f64 })
    const { trained, fixed } = network.init(key(1))
    // Without biases a smooth block is odd in both axes together, and its part that is odd in each of them 0.
    const variables = { trained: treeMap<typeof trained>((p: Tensor) => add(p, 0.2), trained), fixed }
    const at = (x: readonly (readonly [number, number])[]) => values(network.apply(variables, null, points(...x)))
    const [here, there] = [await at(some), await at(mirrored)]
    here.forEach((u, p) => expect(u).toBeCloseTo(-there[p]!, 12))
    expect(Math.abs(here[0]!)).toBeGreaterThan(1e-4)
    expect(here[3]).toBeCloseTo(0, 12)
    const turned = await at(some.map(([x, t]) => [x, 1 - t] as const))
    if (odd.length === 2) here.forEach((u, p) => expect(u).toBeCloseTo(-turned[p]!, 12))
    else expect(Math.abs(here[0]! + turned[0]!)).toBeGreaterThan(1e-4)
  })
})

it('a network odd about 0 has values of opposite sign to the last bit, in f32 too', async () => {
  const network = pinn({ axes: 1, odd: [0], block: smooth(8, 8) })
  const x = Float32Array.from({ length: 50 }, (_, i) => 0.0173 * i)
  const variables = network.init(key(2))
  const at = (sign: number) =>
    values(
      network.apply(variables, null, {
        kind: 'points',
        x: tensor(
          x.map((v) => sign * v),
          { shape: [50, 1] },
        ),
      }),
    )
  const [right, left] = [await at(1), await at(-1)]
  expect(right).toEqual(left.map((u) => 0 - u))
})

it('on a grid it has the values at the points of the grid', async () => {
  const network = pinn({ axes: 2, odd: [0], block: smooth(5), domain, ...f64 })
  const variables = network.init(key(1))
  const [x, t] = [tensor([0.3, 2.1], f64), tensor([0.2, 0.7], f64)]
  const onGrid = await values(network.apply(variables, null, { kind: 'grid', axes: [x, t] }))
  const atPoints = await values(network.apply(variables, null, points([0.3, 0.2], [0.3, 0.7], [2.1, 0.2], [2.1, 0.7])))
  onGrid.forEach((u, p) => expect(u).toBeCloseTo(atPoints[p]!, 12))
})

it('takes the same coordinates in several programs, and outside of them', async () => {
  const network = pinn({ axes: 2, odd: [0], block: smooth(5), domain, ...f64 })
  const variables = network.init(key(1))
  const at = points(...some)
  const raw = (v: typeof variables) =>
    network.raw!.through(
      exactDerivatives()((c) => network.raw!.decode(v, [], c), network.coordinates),
      null,
    )
  for (const f of [(v: typeof variables) => network.apply(v, null, at), (v: typeof variables) => raw(v).at(at)]) {
    const [first, second] = [jit((v: typeof variables) => f(v)), jit((v: typeof variables) => f(v))]
    const found = [first(variables), second(variables), f(variables)].map(values)
    const expected = await values(network.apply(variables, null, points(...some)))
    for (const one of await Promise.all(found)) one.forEach((u, p) => expect(u).toBeCloseTo(expected[p]!, 12))
  }
})

describe('derivatives of an odd PINN', () => {
  const network = pinn({ axes: 2, odd: [0], even: [1], block: smooth(5, 4), domain, ...f64 })
  const variables = network.init(key(3))
  const c = points(...some)
  const direct = exactDerivatives()((at) => network.decode(variables, [], at), network.coordinates)
  const raw = (differentiate: ReturnType<typeof exactDerivatives>): Field =>
    network.raw!.through(
      differentiate((at) => network.raw!.decode(variables, [], at), network.coordinates),
      null,
    )
  const orders = [
    [1, 0],
    [0, 1],
    [2, 0],
    [1, 1],
    [3, 0],
    [2, 1],
    [0, 3],
    [4, 0],
    [1, 3],
    [2, 2],
    [0, 4],
  ] as const

  it.each(orders)('of orders %i and %i through the raw output are those of the output', async (k, l) => {
    const through = raw(exactDerivatives())
    const expected = await values(direct.mixed(c, [k, l]))
    const found = await values(through.mixed(c, [k, l]))
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-4)
    found.forEach((v, p) => expect(v).toBeCloseTo(expected[p]!, 9))
    if (k > 0 && l > 0) return
    const single = await values(k > 0 ? through.d(c, 0, k as 1) : through.d(c, 1, l as 1))
    single.forEach((v, p) => expect(v).toBeCloseTo(expected[p]!, 9))
  })

  it.each(orders)('of orders %i and %i by a stencil agree', async (k, l) => {
    const expected = await values(direct.mixed(c, [k, l]))
    const found = await values(raw(stencilDerivatives({ step: 0.02, accuracy: 4 })).mixed(c, [k, l]))
    const size = Math.max(...expected.map(Math.abs))
    found.forEach((v, p) => expect(Math.abs(v - expected[p]!)).toBeLessThan(0.02 * size))
  })

  it('of even order are odd, and of odd order even', async () => {
    const there = points(...mirrored)
    for (const [order, sign] of [
      [1, 1],
      [2, -1],
      [3, 1],
      [4, -1],
    ] as const) {
      const [here, mirror] = [await values(direct.d(c, 0, order)), await values(direct.d(there, 0, order))]
      here.forEach((v, p) => expect(v).toBeCloseTo(sign * mirror[p]!, 9))
    }
  })

  it('hold under hard conditions, which are odd themselves', async () => {
    const hard = withHardConditions(network, { satisfies: [], apply: (u) => u })
    const through = hard.raw!.through(
      exactDerivatives()((at) => hard.raw!.decode(variables, { inner: [], f: [] }, at), hard.coordinates),
      null,
    )
    const [expected, found] = [await values(direct.d(c, 0, 2)), await values(through.d(c, 0, 2))]
    found.forEach((v, p) => expect(v).toBeCloseTo(expected[p]!, 9))
  })
})

it('refuses an axis that is not there, and one that is both even and odd', () => {
  expect(codeOf(() => pinn({ axes: 2, odd: [2], block: smooth(3) }))).toBe('INVALID_OPTION')
  expect(codeOf(() => pinn({ axes: 2, even: [0, 1], odd: [1], block: smooth(3) }))).toBe('INVALID_OPTION')
})
