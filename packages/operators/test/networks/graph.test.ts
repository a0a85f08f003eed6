import { key, normal, reshape, tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { graph } from '../../src/index.js'
import { relations } from '../../src/grids/relations.js'
import { codeOf, f64, rolled, values } from '../operatorFixtures.js'

const small = { channels: 3, layers: 2, projection: 4, ...f64 }
const line = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i / count)
const asked = { neighbours: 2, scales: 2, dtype: 'f64' } as const

describe('the edges of a graph network', () => {
  it('lead over 1, 2, 4, … points of a line, around the ends of a period', async () => {
    const nodes = { kind: 'grid', axes: [line(5)] } as const
    const read = (periodic: boolean) =>
      Promise.all(
        relations(nodes, { ...asked, periodic: [periodic] }).map(async ({ from, to }) => [
          await values(from),
          await values(to),
        ]),
      )
    const all = [0, 1, 2, 3, 4]
    expect(await read(true)).toEqual([
      [[1, 2, 3, 4, 0], all],
      [[4, 0, 1, 2, 3], all],
      [[2, 3, 4, 0, 1], all],
      [[3, 4, 0, 1, 2], all],
    ])
    expect(await read(false)).toEqual([
      [
        [1, 2, 3, 4],
        [0, 1, 2, 3],
      ],
      [
        [0, 1, 2, 3],
        [1, 2, 3, 4],
      ],
      [
        [2, 3, 4],
        [0, 1, 2],
      ],
      [
        [0, 1, 2],
        [2, 3, 4],
      ],
    ])
  })

  it('lead along each axis of a plane', async () => {
    const [down, up, right, left] = relations(
      { kind: 'grid', axes: [line(3), line(4)] },
      { ...asked, scales: 1, periodic: [true, true] },
    )
    expect((await values(down!.from)).slice(0, 5)).toEqual([4, 5, 6, 7, 8])
    expect((await values(up!.from)).slice(0, 5)).toEqual([8, 9, 10, 11, 0])
    expect((await values(right!.from)).slice(0, 5)).toEqual([1, 2, 3, 0, 5])
    expect((await values(left!.from)).slice(0, 5)).toEqual([3, 0, 1, 2, 7])
  })

  it('come from the nearest of scattered points, with their displacement', async () => {
    const nodes = { kind: 'points', axes: 2, x: Float64Array.of(0, 0, 1, 0, 0, 1, 1, 1, 0.1, 0) } as const
    const [even, first, second, ...more] = relations(nodes, { ...asked, periodic: [] })
    expect(more).toEqual([])
    expect((await values(even!.from)).slice(0, 2)).toEqual([4, 1])
    expect(await values(even!.factors!)).toEqual(Array.from({ length: 10 }, () => 0.5))
    const [dx, dy] = [await values(first!.factors!), await values(second!.factors!)]
    expect(dx[1]! / dx[0]!).toBeCloseTo(10, 12)
    expect(dy[0]).toBe(0)
    expect(dx[0]).toBeGreaterThan(0)
  })
})

describe('graph', () => {
  it('commutes with translations of a periodic plane', async () => {
    const nodes = { kind: 'grid', axes: [line(5), line(6)] } as const
    const network = graph({ ...small, nodes, periodic: [true, true] })
    const variables = network.init(key(1))
    const f = normal(key(2), [2, 5, 6], f64)
    const field = (x: typeof f) => reshape(network.encode(variables, reshape(x, [2, -1])), [2, 5, 6])
    const found = await values(field(rolled(rolled(f, 1, 2), 2, 5)))
    const expected = await values(rolled(rolled(field(f), 1, 2), 2, 5))
    found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10))
  })

  it('maps functions on scattered points, and knows no others', async () => {
    const x = Float64Array.from({ length: 40 }, (_, i) => Math.abs(Math.sin(37 * i)))
    const network = graph({ ...small, nodes: { kind: 'points', axes: 2, x }, neighbours: 3, scales: 2, outputs: 2 })
    const variables = network.init(key(1))
    const f = normal(key(2), [3, 20], f64)
    const at = { kind: 'points', x: reshape(tensor(x, f64), [20, 2]) } as const
    expect(network.apply(variables, f, at).shape).toEqual([3, 20, 2])
    const fewer = { kind: 'points', x: tensor([[0.5, 0.5]], f64) } as const
    expect(codeOf(() => network.apply(variables, f, fewer))).toBe('SHAPE_MISMATCH')
    const grid = { kind: 'grid', axes: [tensor([...line(4)], f64), tensor([...line(5)], f64)] } as const
    expect(codeOf(() => network.apply(variables, f, grid))).toBe('SHAPE_MISMATCH')
  })
})
