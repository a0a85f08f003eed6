import { type Tensor, add, key, normal, reshape, sub, transpose } from '@spikeward/core'
import { sigmaDelta, straightThrough } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { cnn, cnnConvolutions, cnnStep } from '../../src/index.js'
import { codeOf, f64, rolled, values } from '../operatorFixtures.js'

const small = { channels: 3, layers: 2, kernel: 3, ...f64 }

describe('cnn', () => {
  it('commutes with every translation of a periodic plane', async () => {
    const network = cnn({ ...small, grid: [6, 8], periodic: [true, true] })
    const variables = network.init(key(1))
    const f = normal(key(2), [2, 6, 8], f64)
    const field = (x: Tensor) => reshape(network.encode(variables, reshape(x, [2, -1])), [2, 6, 8])
    const found = await values(field(rolled(rolled(f, 1, 1), 2, 3)))
    const expected = await values(rolled(rolled(field(f), 1, 1), 2, 3))
    found.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12))
  })

  it('is its convolutions with rectifiers between, the scales of input and output in their weights', async () => {
    const scales = { input: { shift: 0.3, scale: 2 }, output: { shift: [0.1], scale: [0.7] } }
    const network = cnn({ ...small, ...scales, grid: [6, 8], periodic: [true, true] })
    const variables = network.init(key(1))
    const f = normal(key(2), [2, 48], f64)
    const found = await values(network.encode(variables, f))
    const layers = cnnConvolutions(variables, { grid: [6, 8], input: scales.input })
    const expected = await values(cnnStep({ layers }, reshape(f, [2, 6, 8, 1])))
    const before = await values(f)
    found.forEach((v, i) => expect(v + before[i]!).toBeCloseTo(expected[i]!, 12))
  })

  it('is its convolutions for several fields, each with scales of its own', async () => {
    const each = (a: number, b: number): number[] => Array.from({ length: 24 }, (_, i) => (i < 12 ? a : b))
    const input = { shift: each(0.3, -1), scale: each(2, 0.5) }
    const several = { inputs: 2, outputs: 2, input, output: { shift: [0.1, 0.2], scale: [0.7, 3] } }
    const network = cnn({ ...small, ...several, grid: [12], periodic: [true] })
    const variables = network.init(key(1))
    const rows = normal(key(2), [3, 24], f64)
    const fields = transpose(reshape(rows, [3, 2, 12]), [0, 2, 1])
    const layers = cnnConvolutions(variables, { grid: [12], input })
    const expected = await values(sub(cnnStep({ layers }, fields), fields))
    ;(await values(network.encode(variables, rows))).forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12))
  })

  it('is the dense network with sigma–delta units of threshold 0', async () => {
    const neuron = sigmaDelta({ threshold: 0 })
    const units = { neuron, surrogate: straightThrough(), time: 4 }
    const [dense, events] = [cnn({ ...small, grid: [12] }), cnn({ ...small, units, grid: [12] })]
    const f = add(normal(key(2), [2, 12], f64), 0.1)
    const [a, b] = [
      await values(dense.encode(dense.init(key(1)), f)),
      await values(events.encode(events.init(key(1)), f)),
    ]
    a.forEach((v, i) => expect(b[i]).toBeCloseTo(v, 12))
  })

  it('refuses a kernel that is larger than the grid', () => {
    expect(codeOf(() => cnn({ ...small, grid: [8, 2] }))).toBe('INVALID_OPTION')
  })
})
