import { key, layersOf, matmul, normal, sub, tensor, transpose, treeLeaves } from '@spikeward/core'
import type { Coords, Tensor, Tree, Variables } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { deepOnet, podBasis, podDeepOnet, principalComponents, sepOnet } from '../../src/index.js'
import type { PrincipalComponents } from '../../src/index.js'
import { codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

const [count, m] = [40, 7]
/** Functions of rank 3, f̄ = j, with deviations far apart. */
const rows = Float64Array.from({ length: count * m }, (_, i) => {
  const [n, j] = [Math.floor(i / m), i % m]
  return j + 5 * Math.sin(n) * Math.cos(j) + Math.cos(3 * n) * Math.sin(2 * j) + 0.1 * Math.sin(7 * n) * j * j
})
const f = tensor(rows, { ...f64, shape: [count, m] })

const principal = (k: number): PrincipalComponents => principalComponents(rows, count, k)

const project = (k: number): Tensor => {
  const { mean, weight } = principal(k)
  return matmul(sub(f, tensor(mean, f64)), tensor(weight, { ...f64, shape: [m, k] }))
}

describe('principal components', () => {
  it('have mean 0, are uncorrelated, and deviate by 1, then by less, then not at all beyond the rank', async () => {
    const z = project(5)
    const gram = await values(matmul(transpose(z), z))
    const variances = [0, 1, 2, 3, 4].map((k) => gram[6 * k]! / count)
    for (const [i, v] of gram.entries()) if (i % 6 !== 0) expect(v / count).toBeCloseTo(0, 9)
    expect(variances[0]).toBeCloseTo(1, 12)
    expect(variances[1]).toBeLessThan(1)
    expect(variances[2]).toBeLessThan(variances[1]!)
    expect(variances[2]).toBeGreaterThan(1e-4)
    for (const v of variances.slice(3)) expect(v).toBeCloseTo(0, 15)
    const sums = await values(matmul(tensor(new Float64Array(count).fill(1), { ...f64, shape: [1, count] }), z))
    for (const v of sums) expect(v / count).toBeCloseTo(0, 9)
  })

  it('of functions that do not differ are finite', () => {
    const { mean, weight } = principalComponents(Float64Array.of(1, 2, 1, 2), 2, 1)
    expect([...mean]).toEqual([1, 2])
    expect([...weight].every(Number.isFinite)).toBe(true)
  })

  it('are in the order of their variance, and determine the functions', async () => {
    const { mean, modes } = podBasis(rows, count, 3)
    const coefficients = await values(matmul(sub(f, tensor(mean, f64)), tensor(modes, { ...f64, shape: [m, 3] })))
    const of = (k: number): number => coefficients.reduce((s, c, i) => s + (i % 3 === k ? c * c : 0), 0)
    expect(of(0)).toBeGreaterThan(of(1))
    expect(of(1)).toBeGreaterThan(of(2))
    rows.forEach((v, i) => {
      const [n, j] = [Math.floor(i / m), i % m]
      const again = [0, 1, 2].reduce((s, k) => s + (coefficients[n * 3 + k]! * modes[j * 3 + k]!) / m, mean[j]!)
      expect(again).toBeCloseTo(v, 8)
    })
  })
})

describe('a branch of components', () => {
  const at: Coords = { kind: 'points', x: normal(key(5), [4, 1], f64) }
  const home = { kind: 'grid', axes: [Float64Array.of(-1, 0, 1)] } as const
  const solutions = Float64Array.from({ length: 3 * count }, (_, i) => Math.sin(i * i))
  const basis = podBasis(solutions, count, 2)
  const place = { axes: 1, features: 3, trunk: smooth(4), ...f64 }
  const made = [
    ['deepOnet', (o: object) => deepOnet({ sensors: m, branch: smooth(6), ...place, ...o })],
    ['sepOnet', (o: object) => sepOnet({ sensors: m, branch: smooth(6), ...place, ...o })],
    ['podDeepOnet', (o: object) => podDeepOnet({ sensors: m, branch: smooth(6), basis, at: home, ...f64, ...o })],
  ] as const

  it.each(made)('%s gives what it gives for the components as its sensor values', async (_, network) => {
    const whole = network({ components: 3, principal })
    const inner = network({ sensors: 3, branch: { kind: 'smooth', hidden: [6], gain: 1 } })
    const [v, w] = [whole.init(key(1)), inner.init(key(1))]
    expect(await values(whole.apply(v as never, f, at))).toEqual(await values(inner.apply(w as never, project(3), at)))
    const { trained, fixed } = v as Variables
    const [first] = layersOf((p: Tree, own: Tensor) => whole.encode({ trained: p, fixed } as never, own), trained, f)
    expect([first!.fanIn, first!.shape[0]]).toEqual([3, f.shape[0]])
  })

  it('scales the first layer of a spiking branch by gain/√n, unless the block has its own', async () => {
    const first = async (branch: ReturnType<typeof spiking>, more: object): Promise<number[]> => {
      const network = podDeepOnet({ sensors: m, branch, basis, at: home, ...f64, ...more })
      return [...(await values(network.init(key(1)).trained.branch.layers[0]!.weight))]
    }
    const block = spiking(6)
    const own = await first({ ...block, gain: 1 }, {})
    const near = (x: readonly number[], factor: number): void =>
      x.forEach((v, i) => expect(v).toBeCloseTo(factor * own[i]!, 12))
    near(await first(block, { gain: 2 }), 2 / Math.sqrt(m))
    near(await first(block, {}), 0.15 / Math.sqrt(m))
    near(await first({ ...block, gain: 1 }, { gain: 2 }), 1)
  })

  it.each(['smooth', 'firstSpike'] as const)(
    'is the gain of a %s block, unless the block has its own',
    async (kind) => {
      const made = async (branch: object, more: object): Promise<unknown> => {
        const block = { kind, hidden: [6], ...branch }
        const v = deepOnet({ sensors: m, branch: block, ...place, ...more }).init(key(1))
        return Promise.all(treeLeaves(v.trained).map(values))
      }
      const own = await made({ gain: 1.5 }, {})
      expect(await made({}, { gain: 1.5 })).toEqual(own)
      expect(await made({ gain: 1.5 }, { gain: 5 })).toEqual(own)
      expect(await made({}, {})).not.toEqual(own)
    },
  )

  it('of no components receives the sensor values, as one without the option', async () => {
    const network = (more: object) => deepOnet({ sensors: m, branch: smooth(6), ...place, ...more })
    const made = (more: object) => Promise.all(treeLeaves(network(more).init(key(1)).trained).map(values))
    expect(await made({ components: null })).toEqual(await made({}))
  })

  it('keeps the components among its fixed variables', async () => {
    const network = deepOnet({ sensors: m, branch: smooth(6), ...place, components: 2, principal })
    const v = network.init(key(1))
    const { mean, weight } = v.fixed.branch['components'] as { mean: Tensor; weight: Tensor }
    const fitted = principalComponents(rows, count, 2)
    expect([await values(mean), await values(weight)]).toEqual([[...fitted.mean], [...fitted.weight]])
  })

  it('centres a spiking branch on the components of its sample', async () => {
    const network = deepOnet({ sensors: m, branch: spiking(6), ...place, components: 3, principal, sample: rows })
    const inner = deepOnet({
      sensors: 3,
      branch: spiking(6),
      ...place,
      sample: Float64Array.from(await values(project(3))),
    })
    const of = (n: typeof network) => values(n.init(key(1)).fixed.branch['centre'] as Tensor)
    expect(await of(network)).toEqual(await of(inner))
  })

  it('refuses components without what computes them, more than there are sensors, and others than it asked for', () => {
    const network = (o: object) => deepOnet({ sensors: m, branch: smooth(6), ...place, ...o })
    for (const o of [{ components: 3 }, { components: 0, principal }, { components: 3, principal: rows }]) {
      expect(codeOf(() => network(o))).toBe('INVALID_OPTION')
    }
    const others: readonly object[] = [
      { components: m + 1, principal },
      { components: 3, principal: () => principal(2) },
      { components: 3, principal: (k: number) => ({ ...principal(k), weight: new Float64Array(m) }) },
    ]
    for (const o of others) {
      const made = network(o)
      expect(codeOf(() => made.init(key(1)))).toBe('INVALID_OPTION')
    }
  })

  it('computes the components when it is first initialised, and once', () => {
    let computed = 0
    const counted = (k: number): PrincipalComponents => {
      computed++
      return principal(k)
    }
    const network = deepOnet({ sensors: m, branch: smooth(6), ...place, components: 2, principal: counted })
    expect(computed).toBe(0)
    network.init(key(1))
    network.init(key(2))
    expect(computed).toBe(1)
  })
})

it('a gain of a modified branch is refused, since it has none', () => {
  const make = (more: object) =>
    deepOnet({
      sensors: 4,
      axes: 1,
      domain: [[0, 1]],
      branch: { kind: 'modified', hidden: [4, 4] },
      trunk: smooth(4),
      features: 2,
      ...more,
    })
  expect(codeOf(() => make({ gain: 2 }))).toBe('INVALID_OPTION')
  expect(codeOf(() => make({}))).toBeUndefined()
})
