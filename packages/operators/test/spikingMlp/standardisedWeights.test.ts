import { type Tensor, add, jvp, key, layersOf, mul, normal, treeMap, uniform, vjp } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { describe, expect, it, test } from 'vitest'
import { spikingMlp } from '../../src/index.js'
import { hiddenDeviation, standardised } from '../../src/spikingMlp/standardisedWeights.js'

const options = {
  inputs: 2,
  outputs: 1,
  hidden: [8, 6, 6],
  neuron: leakyIntegrateAndFire({ beta: 0.9 }),
  spike: spike(atan()),
  time: 10,
  dtype: 'f64',
  standardiseWeights: true,
} as const
const network = spikingMlp(options)
const variables = network.init(key(1))
const x = uniform(key(2), [7, 2], { min: -1, max: 1, dtype: 'f64' })
const values = async (t: Tensor): Promise<number[]> => [...(await t.data())].map(Number)
const close = async (a: Tensor, b: Tensor): Promise<void> => {
  const [found, expected] = [await values(a), await values(b)]
  expect(found).toHaveLength(expected.length)
  found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 9))
}
const column = (rows: readonly number[], n: number, j: number): number[] => rows.filter((_, i) => i % n === j)
/** The weights of layers of 8 inputs, and of 6. */
const mapOf = (weight: Tensor): Tensor => standardised(weight, 1)
const drawn = add(normal(key(3), [8, 6], { dtype: 'f64' }), 0.7)

test('the layers above the first multiply by standardised weights, first layer and readout by their own', () => {
  const directOf = (net: typeof network): boolean[] =>
    layersOf((p: typeof variables.trained) => net.apply({ ...variables, trained: p }, x), variables.trained).map(
      (l) => l.direct,
    )
  expect(directOf(network)).toEqual([true, false, false, true])
  expect(directOf(spikingMlp({ ...options, standardiseWeights: false }))).toEqual([true, true, true, true])
})

describe.each([
  [{ residual: false }, 1 / Math.sqrt(8)],
  [{ residual: true }, 1 / Math.sqrt(8 * 2)],
  [{ hiddenGain: 0.3 }, 0.3 / Math.sqrt(8)],
])('the map, with %o', (layers, deviation) => {
  const of = (weight: Tensor): Tensor =>
    standardised(weight, hiddenDeviation({ ...options, hidden: [8, 8, 8], ...layers }))

  it('gives every neuron weights of mean 0 and one deviation, whatever their mean and scale', async () => {
    const found = await values(of(mul(drawn, 5)))
    for (let j = 0; j < 6; j++) {
      const each = column(found, 6, j)
      expect(each.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 9)
      expect(Math.sqrt(each.reduce((a, b) => a + b * b, 0) / 8)).toBeCloseTo(deviation, 9)
    }
  })

  it('leaves its own values as they are', () => close(of(of(drawn)), of(drawn)))
})

it('does not depend on the mean and the scale of the weights into a neuron', async () => {
  const moved = {
    ...variables.trained,
    layers: variables.trained.layers.map((l, i) => (i === 0 ? l : { ...l, weight: add(mul(l.weight, 3), 0.2) })),
  }
  await close(network.apply({ ...variables, trained: moved }, x), network.apply(variables, x))
  // Of plain layers it does.
  const plain = spikingMlp({ ...options, standardiseWeights: false })
  const [a, b] = [
    await values(plain.apply({ ...variables, trained: moved }, x)),
    await values(plain.apply(variables, x)),
  ]
  expect(Math.max(...a.map((v, i) => Math.abs(v - b[i]!)))).toBeGreaterThan(1e-3)
})

it('is at first the plain network of the same weights, and has its tangents along weights of the same mean and length', async () => {
  const plain = spikingMlp({ ...options, standardiseWeights: false })
  await close(network.apply(variables, x), plain.apply(variables, x))
  const v = treeMap((t) => normal(key(5), t.shape, { dtype: 'f64' }), variables.trained)
  const along = (net: typeof network, moved: typeof v): Tensor =>
    jvp((trained: typeof v) => net.apply({ ...variables, trained }, x), [variables.trained], [moved])[1]
  const layers = variables.trained.layers.map(({ weight }, l) => {
    const layer = v.layers[l]!
    // The map is its own projection at its values, so that its adjoint there is its derivative.
    return l === 0 ? layer : { ...layer, weight: vjp(mapOf, weight)[1](layer.weight)[0] }
  })
  await close(along(network, v), along(plain, { ...v, layers }))
})

it('refuses a layer of one neuron below another', () => {
  expect(() => spikingMlp({ ...options, hidden: [1, 4] })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  expect(() => spikingMlp({ ...options, hidden: [4, 1] })).not.toThrow()
})
