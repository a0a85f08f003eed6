import { type Coords, key, tensor } from '@spikeward/core'
import { expect, it } from 'vitest'
import { exactDerivatives, fieldOf, pinn } from '../../src/index.js'
import { codeOf, f64, smooth, values } from '../operatorFixtures.js'

const domain = [
  [-1, 3],
  [0, 1],
] as const
const network = pinn({ axes: 2, even: [0], block: smooth(5, 4), domain, ...f64 })
const variables = network.init(key(1))
const points = (...x: (readonly [number, number])[]): Coords => ({
  kind: 'points',
  x: tensor(Float64Array.from(x.flat()), { ...f64, shape: [x.length, 2] }),
})
const at = (...x: (readonly [number, number])[]) => values(network.apply(variables, null, points(...x)))

it('a PINN is even about the middle of the axes that it names, and of no other', async () => {
  const [left, right, later] = await at([0.3, 0.2], [1.7, 0.2], [0.3, 0.8])
  expect(left).toBeCloseTo(right!, 12)
  expect(Math.abs(left! - later!)).toBeGreaterThan(1e-3)
  const [low, high] = await at([-1, 0.5], [1, 0.5])
  expect(Math.abs(low! - high!)).toBeGreaterThan(1e-3)
})

it('its block receives 2ξ² − 1', async () => {
  const plain = pinn({ axes: 2, block: smooth(5, 4), domain, ...f64 })
  const xi = 0.7
  const folded = 2 * xi * xi - 1
  const [expected] = await values(plain.apply(variables, null, points([1 + 2 * folded, 0.4])))
  const [found] = await at([1 + 2 * xi, 0.4])
  expect(found).toBeCloseTo(expected!, 12)
})

it('its derivative in such an axis is odd', async () => {
  const slope = async (x: number): Promise<number> => {
    const field = fieldOf(network, variables, network.encode(variables, null), { differentiate: exactDerivatives() })
    return (await values(field.d(points([x, 0.4]), 0)))[0]!
  }
  const [left, right] = [await slope(0.2), await slope(1.8)]
  expect(left).toBeCloseTo(-right, 12)
  expect(Math.abs(left)).toBeGreaterThan(1e-3)
})

it('refuses an axis that is not there', () => {
  expect(codeOf(() => pinn({ axes: 2, even: [2], block: smooth(3), ...f64 }))).toBe('INVALID_OPTION')
})
