import { type Tensor, abs, key, max, mul, normal, reshape, sub, sum, tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { waveletNames, waveletTransform } from '../../src/grids/waveletTransform.js'
import { f64, values } from '../operatorFixtures.js'

const largest = async (a: Tensor, b: Tensor): Promise<number> => max(abs(sub(a, b))).item()

describe.each(waveletNames)('the coarsest level of %s', (name) => {
  it.each([
    ['a line of one level', [16], 8],
    ['a line of three', [32], 4],
    ['a plane', [8, 16], 4],
  ] as const)('are an orthonormal transform of %s', async (_, grid, m) => {
    const { forward, inverse } = waveletTransform(name, grid, m, 'f64')
    const c = normal(key(1), [2, ...grid.map(() => 2 * m), 3], f64)
    expect(await largest(forward(inverse(c)), c)).toBeLessThan(1e-10)
    const x = normal(key(2), [2, ...grid, 3], f64)
    const y = normal(key(3), c.shape, f64)
    const [left, right] = [sum(mul(forward(x), y)), sum(mul(x, inverse(y)))]
    expect(await left.item()).toBeCloseTo(await right.item(), 9)
  })

  it('keep polynomials below their number of vanishing moments out of the details', async () => {
    const moments = { haar: 1, db2: 2, db4: 4, db6: 6 }[name]
    const powers = Array.from({ length: 32 }, (_, i) => (i / 32) ** (moments - 1))
    const { forward } = waveletTransform(name, [32], 16, 'f64')
    const details = (await values(forward(reshape(tensor(powers, f64), [1, 32, 1])))).slice(16)
    // The last wavelets reach around the end, where the polynomial jumps.
    for (const d of details.slice(0, 16 - moments)) expect(Math.abs(d)).toBeLessThan(1e-9)
  })
})

it('continues lengths that no power of two divides by their mirror image', async () => {
  const { forward, inverse } = waveletTransform('haar', [6], 4, 'f64')
  const x = reshape(tensor([1, 2, 3, 4, 5, 6], f64), [1, 6, 1])
  const root = Math.SQRT2
  const pairs = [
    [1, 2],
    [3, 4],
    [5, 6],
    [6, 5],
  ].flatMap(([a, b]) => [[(a! + b!) / root], [(a! - b!) / root]])
  const found = await values(forward(x))
  const expected = [0, 2, 4, 6, 1, 3, 5, 7].map((i) => pairs[i]![0]!)
  found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12))
  expect(await largest(inverse(forward(x)), x)).toBeLessThan(1e-12)
})
