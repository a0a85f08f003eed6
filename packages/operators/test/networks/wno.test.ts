import { key, normal, reshape, upsample } from '@spikeward/core'
import { expect, it } from 'vitest'
import { wno } from '../../src/index.js'
import { codeOf, f64, values } from '../operatorFixtures.js'

const small = { channels: 3, layers: 3, projection: 5, averages: 4, ...f64 }

it.each([
  ['a line', [16]],
  ['a plane', [8, 16]],
])('one set of parameters serves a grid of twice the points on %s: steps stay steps', async (_, grid) => {
  const periodic = grid.map(() => true)
  const finer = grid.map((n) => 2 * n)
  const [coarse, fine] = [grid, finer].map((points) => wno({ ...small, grid: points, periodic, wavelet: 'haar' }))
  const variables = coarse!.init(key(1))
  const f = normal(key(2), [2, ...grid, 1], f64)
  const twice = (x: typeof f) =>
    upsample(
      x,
      grid.map(() => 2),
    )
  const flat = (x: typeof f) => reshape(x, [2, -1])
  const expected = await values(twice(reshape(coarse!.encode(variables, flat(f)), f.shape)))
  const found = await values(fine!.encode(variables, flat(twice(f))))
  found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10))
})

it('refuses as many averages as points', () => {
  expect(codeOf(() => wno({ ...small, grid: [4] }))).toBe('INVALID_OPTION')
})
