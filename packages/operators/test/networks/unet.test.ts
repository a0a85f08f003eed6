import { key, normal, ones, reshape } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { unet } from '../../src/index.js'
import { codeOf, f64, rolled, values } from '../operatorFixtures.js'

const small = { channels: 3, levels: 2, ...f64 }
const units = { neuron: leakyIntegrateAndFire({ beta: 0.9 }), surrogate: atan(), time: 4 }

describe('unet', () => {
  it.each([
    ['GELU', {}],
    ['spikes', { units }],
  ])('commutes with translations by the points of a coarsest one on a periodic plane, with %s', async (_, more) => {
    const network = unet({ ...small, ...more, grid: [12, 16], periodic: [true, true] })
    const variables = network.init(key(1))
    const f = normal(key(2), [2, 12, 16], f64)
    const field = (x: typeof f) => reshape(network.encode(variables, reshape(x, [2, -1])), [2, 12, 16])
    const found = await values(field(rolled(rolled(f, 1, 4), 2, 8)))
    const expected = await values(rolled(rolled(field(f), 1, 4), 2, 8))
    found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10))
    const other = await values(field(rolled(f, 1, 2)))
    const moved = await values(rolled(field(f), 1, 2))
    expect(Math.max(...other.map((v, i) => Math.abs(v - moved[i]!)))).toBeGreaterThan(1e-3)
  })

  it('takes odd numbers of points, and knows where it is on a bounded axis', async () => {
    const network = unet({ ...small, outputs: 2, grid: [13, 11] })
    const found = network.encode(network.init(key(1)), normal(key(2), [3, 143], f64))
    expect(found.shape).toEqual([3, 13, 11, 2])
    const line = unet({ ...small, grid: [16] })
    const constant = await values(line.encode(line.init(key(1)), ones([1, 16], 'f64')))
    expect(Math.abs(constant[6]! - constant[10]!)).toBeGreaterThan(1e-3)
  })

  it('refuses more levels than the grid has room for', () => {
    expect(codeOf(() => unet({ ...small, grid: [8], levels: 3 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => unet({ ...small, grid: [8], depth: 3 } as never))).toBe('UNKNOWN_OPTION')
  })
})
