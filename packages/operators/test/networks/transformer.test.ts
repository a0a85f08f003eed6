import { key, normal, reshape, take, tensor, transpose } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { transformer } from '../../src/index.js'
import { f64, values } from '../operatorFixtures.js'

const small = { channels: 6, heads: 2, slices: 4, layers: 2, neurons: 5, ...f64 }

describe('transformer', () => {
  it('commutes with another order of the points', async () => {
    const count = 12
    const order = Array.from({ length: count }, (_, i) => (5 * i + 3) % count)
    const x = Float64Array.from({ length: 2 * count }, (_, i) => Math.abs(Math.sin(37 * i)))
    const other = Float64Array.from(order.flatMap((p) => [x[2 * p]!, x[2 * p + 1]!]))
    const [network, permuted] = [x, other].map((places) =>
      transformer({ ...small, nodes: { kind: 'points', axes: 2, x: places } }),
    )
    const variables = network!.init(key(1))
    const f = normal(key(2), [3, count], f64)
    const reordered = (y: typeof f) => transpose(take(transpose(y), tensor(order, { dtype: 'i32' })))
    const found = await values(permuted!.encode(variables, reordered(f)))
    const expected = await values(reordered(network!.encode(variables, f)))
    found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10))
  })

  it('gives the same field at the same points of a finer periodic grid: tokens are means', async () => {
    const onGrid = (n: number) => {
      const axis = Float64Array.from({ length: n }, (_, i) => i / n)
      return {
        network: transformer({ ...small, nodes: { kind: 'grid', axes: [axis] }, periodic: [true] }),
        f: reshape(
          tensor(
            axis.map((v) => Math.exp(Math.sin(2 * Math.PI * v)) - 1),
            f64,
          ),
          [1, n],
        ),
      }
    }
    const [coarse, fine] = [onGrid(64), onGrid(128)]
    const variables = coarse.network.init(key(1))
    const expected = await values(coarse.network.encode(variables, coarse.f))
    const found = (await values(fine.network.encode(variables, fine.f))).filter((_, i) => i % 2 === 0)
    found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 9))
    expect(Math.max(...found) - Math.min(...found)).toBeGreaterThan(0.01)
  })
})
