import { type Tensor, type Tree, add, key, mul, normal, relu, reshape, tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { filteredActivation } from '../../src/grids/filteredActivation.js'
import { type GridActivation, gridActivation } from '../../src/grids/gridActivation.js'
import { f64, values } from '../operatorFixtures.js'

const { cos, PI } = Math
const pointwise = (f: (x: Tensor) => Tensor): GridActivation => ({ init: () => ({}), apply: (_: Tree, x) => f(x) })
const square = pointwise((x) => mul(x, x))
const [points, waves] = [17, 6]

/** A sum of waves of a period at the points, `by` parts of their distance further along. */
const moved = (by: number): Tensor =>
  reshape(
    tensor(
      Array.from({ length: points }, (_, i) =>
        Array.from({ length: waves }, (_v, k) => cos((2 * PI * (k + 1) * (i + by)) / points + k * k)).reduce(
          (a, b) => a + b,
        ),
      ),
      f64,
    ),
    [1, points, 1],
  )

/** The values of a field of these frequencies, `by` further along. */
const shifted = (found: readonly number[], by: number): number[] =>
  found.map((_, i) =>
    found.reduce((sum, v, j) => {
      let kernel = 1
      for (let k = 1; 2 * k < points; k++) kernel += 2 * cos((2 * PI * k * (i + by - j)) / points)
      return sum + (v * kernel) / points
    }, 0),
  )

/** The largest difference between the activation of a moved field and the moved activation. */
async function defect(sigma: GridActivation): Promise<number> {
  const [here, there] = [await values(sigma.apply({}, moved(0))), await values(sigma.apply({}, moved(0.3)))]
  return Math.max(...shifted(here, 0.3).map((v, i) => Math.abs(v - there[i]!)))
}

describe('filteredActivation', () => {
  it('of a square commutes with translations by parts of a distance, as the square alone does not', async () => {
    // Frequencies to 6 have products to 12, of which 17 points hold those to 8; the others alias.
    expect(await defect(square)).toBeGreaterThan(1)
    expect(await defect(filteredActivation(square, [true], 'f64'))).toBeLessThan(1e-10)
  })

  it.each([
    ['a rectifier', pointwise(relu)],
    ['GELU', gridActivation(f64)],
    ['spikes', gridActivation({ neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 64, ...f64 })],
  ] as const)('of %s commutes with them better than without a filter', async (_, sigma) => {
    expect(await defect(filteredActivation(sigma, [true], 'f64'))).toBeLessThan(0.7 * (await defect(sigma)))
  })

  it.each([
    ['a periodic line of even length', [8], [true]],
    ['a periodic line of odd length', [9], [true]],
    ['a bounded plane', [6, 5], [false, false]],
    ['one point beside a period', [1, 4], [false, true]],
  ] as const)('leaves a linear map alone on %s', async (_, grid, periodic) => {
    const x = normal(key(1), [2, ...grid, 3], f64)
    const linear = pointwise((v) => add(mul(v, -3), 2))
    const found = await values(filteredActivation(linear, periodic, 'f64').apply({}, x))
    const expected = await values(linear.apply({}, x))
    found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12))
  })
})
