import { type PointSet, type RegressionProblem, type Tensor, jit, key, sub, tensor, uniform } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ridgeReadout, solveReadout, spikingMlp, standardise, untrainedRidge } from '../../src/index.js'
import { applyReadout } from '../../src/readouts/ridgeReadout.js'

const code = (f: () => unknown): string | undefined => {
  try {
    f()
  } catch (e) {
    return (e as { code?: string }).code
  }
  return undefined
}

const points = (y: number[], outputs: number): PointSet => ({
  x: new Float64Array(y.length / outputs),
  y: Float64Array.from(y),
  count: y.length / outputs,
  grid: null,
})

describe('standardise', () => {
  it('gives mean 0 and deviation 1, output by output', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: -50, max: 50, noNaN: true })),
          { minLength: 3, maxLength: 20 },
        ),
        (rows) => {
          const { shift, scale } = standardise(points(rows.flat(), 2))
          for (const o of [0, 1]) {
            const z = rows.map((r) => (r[o]! - shift[o]!) / scale[o]!)
            const m = z.reduce((a, b) => a + b, 0) / z.length
            const variance = z.reduce((a, b) => a + (b - m) ** 2, 0) / z.length
            expect(m).toBeCloseTo(0, 6)
            if (Math.max(...rows.map((r) => r[o]!)) - Math.min(...rows.map((r) => r[o]!)) > 1e-3)
              expect(variance).toBeCloseTo(1, 6)
          }
        },
      ),
    )
  })

  it('leaves a constant output its scale', () =>
    expect(standardise(points([2, 2, 2], 1))).toEqual({ shift: [2], scale: [1] }))
})

describe('ridgeReadout', () => {
  it('finds the affine map that made the targets', () => {
    const features = Float64Array.from({ length: 40 }, (_, i) => Math.sin(3.7 * i * i + i))
    const targets = applyReadout(features, { weight: Float64Array.of(1, -2, 0.5, 3), bias: Float64Array.of(7, -1) })
    const { weight, bias } = ridgeReadout(features, targets, 20, 0)
    ;[1, -2, 0.5, 3].forEach((v, i) => expect(weight[i]).toBeCloseTo(v, 10))
    ;[7, -1].forEach((v, i) => expect(bias[i]).toBeCloseTo(v, 10))
  })

  it('has a zero gradient of the penalised error', () => {
    const [count, width, lambda] = [30, 3, 0.2]
    const features = Float64Array.from({ length: count * width }, (_, i) => Math.cos(1.3 * i * i))
    const targets = Float64Array.from({ length: count }, (_, i) => Math.sin(i))
    const objective = (w: Float64Array, b: Float64Array): number => {
      const y = applyReadout(features, { weight: w, bias: b })
      const means = [0, 1, 2].map((j) => features.reduce((s, v, i) => (i % width === j ? s + v / count : s), 0))
      const variance = features.reduce((s, v, i) => s + (v - means[i % width]!) ** 2, 0) / count / width
      return (
        y.reduce((s, v, p) => s + (v - targets[p]!) ** 2 / count, 0) +
        lambda * variance * w.reduce((s, v) => s + v * v, 0)
      )
    }
    const { weight, bias } = ridgeReadout(features, targets, count, lambda)
    const least = objective(weight, bias)
    for (const h of [1e-3, -1e-3]) {
      for (let j = 0; j < width; j++)
        expect(
          objective(
            weight.map((v, i) => (i === j ? v + h : v)),
            bias,
          ),
        ).toBeGreaterThan(least)
      expect(
        objective(
          weight,
          bias.map((v) => v + h),
        ),
      ).toBeGreaterThan(least)
    }
  })

  it('reports dependent features, and handles silent ones with a penalty', () => {
    const twice = Float64Array.of(1, 1, 2, 2, 3, 3)
    expect(code(() => ridgeReadout(twice, [1, 2, 3], 3, 0))).toBe('NOT_POSITIVE_DEFINITE')
    expect(ridgeReadout(new Float64Array(6), [1, 2, 3], 3, 1e-6)).toEqual({
      weight: new Float64Array(2),
      bias: Float64Array.of(2),
    })
    expect(code(() => ridgeReadout(twice, [1, 2, 3], 3, -1))).toBe('INVALID_OPTION')
  })
})

const target = ([a = 0]: readonly number[]): number[] => [5 + 3 * Math.sin(2 * a)]
function set(count: number, offset: number): PointSet {
  const x = Float64Array.from({ length: count }, (_, i) => -1 + (2 * (i + offset)) / count)
  return { x, y: x.map((v) => target([v])[0]!), count, grid: null }
}
const sets = { train: set(64, 0), validation: set(50, 0.3), test: set(1100, 0.7) }
const sine: RegressionProblem = {
  kind: 'regression',
  name: 'sine',
  inputs: 1,
  outputs: 1,
  domain: [[-1, 1]],
  points: (s) => sets[s],
  target,
}

const network = spikingMlp({
  inputs: 1,
  outputs: 1,
  hidden: [24],
  time: 16,
  neuron: leakyIntegrateAndFire({ beta: 1 }),
  spike: spike(atan()),
  output: standardise(sets.train),
})
const values = async (t: Tensor): Promise<Float64Array> => Float64Array.from(await t.data())
const at = (p: PointSet): Tensor => tensor(p.x, { dtype: 'f32', shape: [p.count, 1] })
const error = (y: ArrayLike<number>, p: PointSet): number =>
  Math.sqrt(p.y.reduce((s, v, i) => s + (v - y[i]!) ** 2, 0) / p.y.reduce((s, v) => s + v * v, 0))

describe('untrainedRidge', () => {
  it('is the ridge of the features at the best λ by validation', async () => {
    const v = network.init(key(0))
    const found = await untrainedRidge(network, v, sine)
    const [train, validation, test] = await Promise.all(
      ['train', 'validation', 'test'].map((s) => values(network.features(v, at(sets[s as keyof typeof sets])))),
    )
    const readout = ridgeReadout(train!, sets.train.y, sets.train.count, found.lambda)
    expect(found.relativeL2).toBeCloseTo(error(applyReadout(test!, readout), sets.test), 10)
    expect(found.validation).toBeCloseTo(error(applyReadout(validation!, readout), sets.validation), 10)
    for (const factor of [0.01, 100]) {
      const other = ridgeReadout(train!, sets.train.y, sets.train.count, found.lambda * factor)
      expect(error(applyReadout(validation!, other), sets.validation)).toBeGreaterThanOrEqual(found.validation - 1e-12)
    }
    expect(found.relativeL2).toBeLessThan(0.1)
  })
})

describe('solveReadout', () => {
  it("equals the host's result in double precision, and changes only the readout", async () => {
    const v = network.init(key(1))
    const lambda = 1e-3
    const data = { x: at(sets.train), y: tensor(sets.train.y, { dtype: 'f32', shape: [64, 1] }) }
    const trained = jit(solveReadout(network, { lambda }))(v, data)
    expect(await values(trained.layers[0]!.weight)).toEqual(await values(v.trained.layers[0]!.weight))
    const y = await values(network.apply({ trained, fixed: v.fixed }, at(sets.test)))
    const features = await values(network.features(v, at(sets.train)))
    const host = applyReadout(
      await values(network.features(v, at(sets.test))),
      ridgeReadout(features, sets.train.y, 64, lambda),
    )
    host.forEach((h, i) => expect(Math.abs(y[i]! - h)).toBeLessThan(2e-3))
    expect(error(y, sets.test)).toBeLessThan(0.1)
  })

  it('stays finite where neurons are silent', async () => {
    const v = network.init(key(1))
    const silent = {
      ...v,
      trained: {
        ...v.trained,
        layers: [{ weight: sub(v.trained.layers[0]!.weight, 1e3), bias: sub(v.trained.layers[0]!.bias, 1e4) }],
      },
    }
    const trained = solveReadout(network)(silent, { x: uniform(key(0), [20, 1]), y: uniform(key(1), [20, 1]) })
    expect((await values(trained.readout.weight)).every(Number.isFinite)).toBe(true)
    expect((await values(trained.readout.bias)).every(Number.isFinite)).toBe(true)
  })

  it('refuses a penalty that is none', () => {
    for (const lambda of [0, -1, NaN, Infinity])
      expect(code(() => solveReadout(network, { lambda }))).toBe('INVALID_OPTION')
  })
})
