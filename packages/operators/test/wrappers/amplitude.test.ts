import { coordsTensors, jit, key, mean, mul, normal, square, sub, tensor, zeros } from '@spikeward/core'
import type { Coords, OperatorNetwork, OperatorTensors, Tensor, Tree } from '@spikeward/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  amplitude,
  deepOnet,
  divideAmplitude,
  rootMeanSquare,
  sepOnet,
  solveOperatorReadout,
  standardiseSensorsAndAmplitude,
  vanishing,
  withAmplitude,
  withHardConditions,
} from '../../src/index.js'
import { codeOf, f64, smooth, spiking, values } from '../operatorFixtures.js'

const at: Coords = { kind: 'grid', axes: [tensor([-1, -0.4, 0.1, 0.5, 1], f64)] }
const options = {
  ...{ sensors: 4, axes: 1, features: 3, branch: spiking(6), trunk: smooth(5), ...f64 },
  output: { shift: [0.3], scale: [2] },
}
const size = amplitude({ unit: 1.5 })
const hard = vanishing({ axis: 0, at: [-1, 1] })
const f = normal(key(8), [20, 4], f64)

describe('amplitude', () => {
  it('is the root mean square in its unit, and what is left has the unit for its own', async () => {
    const rows = tensor(
      [
        [3, 3, 3, 3],
        [0, 0, 0, 6],
        [0, 0, 0, 0],
      ],
      f64,
    )
    expect(await values(size.of(rows))).toEqual([2, 2, 0])
    expect(await values(size.divide(rows))).toEqual([1.5, 1.5, 1.5, 1.5, 0, 0, 0, 3, 0, 0, 0, 0])
  })

  it('enters the network within [−1, 1): 0 at the unit, −1 for a function that vanishes', async () => {
    const told = amplitude({ unit: 1, told: true })
    expect(
      await values(
        told.divide(
          tensor(
            [
              [1, 1],
              [3, 3],
              [0, 0],
            ],
            f64,
          ),
        ),
      ),
    ).toEqual([1, 1, 0, 1, 1, 0.5, 0, 0, -1])
    expect([size.told, told.told]).toEqual([0, 1])
  })

  it('keeps to f32 where squares of the values would vanish or overflow', async () => {
    for (const scale of [1e-25, 1e25]) {
      const far = amplitude({ unit: scale })
      expect((await values(far.of(tensor([[3 * scale, -3 * scale]]))))[0]).toBeCloseTo(3, 5)
    }
  })

  it('has a unit above 0', () => {
    for (const unit of [0, -1, NaN, Infinity]) expect(codeOf(() => amplitude({ unit }))).toBe('INVALID_OPTION')
    expect([rootMeanSquare([3, -4, 0, 0]), rootMeanSquare([0, 0])]).toEqual([2.5, 1])
  })
})

describe('withAmplitude', () => {
  const networks: readonly (readonly [string, OperatorNetwork])[] = [
    ['a DeepONet', withAmplitude(deepOnet(options), size)],
    ['a SepONet under hard conditions', withHardConditions(withAmplitude(sepOnet(options), size), hard)],
  ]

  it.each(networks)('%s is homogeneous for all parameters:  u(cf) = c u(f)', async (_, network) => {
    const apply = jit((v: Tree, g: Tensor) => network.apply(v, g, at))
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 4, maxLength: 4 }),
        async (k, c, g) => {
          // Spikes are steps: c is a power of two, so that f/α is the same to the last bit.
          const factor = 2 ** Math.round(Math.log2(c))
          const v = network.init(key(k))
          const one = await values(apply(v, tensor([g], f64)))
          const many = await values(apply(v, tensor([g.map((x) => x * factor)], f64)))
          many.forEach((u, i) => expect(u).toBeCloseTo(factor * one[i]!, 9 - Math.ceil(Math.log10(factor))))
        },
      ),
      { numRuns: 30 },
    )
  })

  it.each(networks)('%s gives 0, not NaN, for a function that vanishes', async (_, network) => {
    const u = await values(network.apply(network.init(key(1)), zeros([1, 4], 'f64'), at))
    expect(u.every((x) => x === 0)).toBe(true)
  })

  it('told, is no longer homogeneous, and still vanishes with f', async () => {
    const told = amplitude({ unit: 1, told: true })
    const network = withAmplitude(deepOnet({ ...options, sensors: 5, branch: smooth(6) }), told)
    const v = network.init(key(2))
    const [one, two, none] = [f, mul(f, 2), mul(f, 0)].map((g) => network.apply(v, g, at))
    expect(await mean(square(sub(two!, mul(one!, 2)))).item()).toBeGreaterThan(1e-6)
    expect(Math.max(...(await values(none!)).map(Math.abs))).toBe(0)
  })
})

describe('divided', () => {
  it('returns the targets of the inner network', async () => {
    const told = amplitude({ unit: 1, told: true })
    const data = { count: 2, sensors: Float64Array.of(2, -2, 0, 0), values: Float64Array.of(1, 4, 6, 8) }
    expect(await divideAmplitude(data, 2, told)).toEqual({
      count: 2,
      sensors: Float64Array.of(1, -1, 1 / 3, 0, 0, -1),
      values: Float64Array.of(0.5, 2, 6, 8),
    })
  })

  it('and the column of the told amplitude has a deviation of its own', () => {
    const { shift, scale } = standardiseSensorsAndAmplitude({ sensors: Float64Array.of(1, 3, 0.5, 1, 3, -0.5) }, 2)
    expect(shift).toEqual([2, 2, 0])
    expect(scale).toEqual([1, 1, 1 / Math.SQRT2])
  })
})

describe('solveOperatorReadout with an amplitude', () => {
  it.each([0, 1] as const)('finds the readouts that made the data, told: %i', async (told) => {
    const s = amplitude({ unit: 1.5, told: told === 1 })
    const inner = deepOnet({ ...options, sensors: 4 + told })
    const network = withHardConditions(withAmplitude(inner, s), hard)
    const truth = inner.init(key(0))
    const u = network.apply(truth, f, at)
    const data: OperatorTensors = { f, u, at: coordsTensors(at) }
    const { branch } = truth.trained
    const start = {
      ...truth,
      trained: { ...truth.trained, branch: { ...branch, readout: inner.init(key(9)).trained.branch.readout } },
    }
    const given = { lambda: 1e-10, trunk: false, hard, amplitude: s }
    const trained = jit((v: typeof start, d: OperatorTensors) => solveOperatorReadout(inner, given)(v, d))(start, data)
    const found = await values(network.apply({ ...start, trained }, f, at))
    ;(await values(u)).forEach((v, i) => expect(found[i]).toBeCloseTo(v, 5))
  })

  it('is the least of the squared errors: nothing nearby is better, in the branch and in the trunk', async () => {
    const inner = deepOnet(options)
    const network = withAmplitude(inner, size)
    const v = inner.init(key(1))
    const u = normal(key(2), [20, 5], f64)
    const data: OperatorTensors = { f, u, at: coordsTensors(at) }
    const loss = (trained: typeof v.trained): Promise<number> =>
      mean(square(sub(network.apply({ trained, fixed: v.fixed }, f, at), u))).item()
    const solved = (trunk: boolean) => solveOperatorReadout(inner, { lambda: 1e-9, trunk, amplitude: size })(v, data)
    const [branch, both] = [solved(false), solved(true)]
    const [before, one, two] = [await loss(v.trained), await loss(branch), await loss(both)]
    expect(one).toBeLessThan(before)
    expect(two).toBeLessThan(one)
    for (let i = 0; i < 4; i++) {
      const step = mul(normal(key(20 + i), [3], f64), 0.1)
      for (const [t, part, least] of [
        [branch, 'branch', one],
        [both, 'trunk', two],
      ] as const) {
        const { readout } = t[part]
        const moved = { ...t, [part]: { ...t[part], readout: { ...readout, bias: sub(readout.bias, step) } } }
        expect(await loss(moved)).toBeGreaterThan(least)
      }
    }
  })
})
