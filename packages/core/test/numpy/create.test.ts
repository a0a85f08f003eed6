import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import { numbers } from '../helpers.js'

describe('making tensors', () => {
  it('takes numbers, nested arrays, booleans and typed arrays', async () => {
    expect(sw.tensor(3).aval).toEqual(sw.aval([], 'f32', false))
    expect(sw.tensor([[true], [false]]).aval).toEqual(sw.aval([2, 1], 'bool'))
    expect(sw.tensor(Float64Array.of(1, 2)).dtype).toBe('f64')
    expect(await numbers(sw.tensor(Int32Array.of(1, 2, 3, 4), { shape: [2, 2] }))).toEqual([1, 2, 3, 4])
  })

  it('fills, counts and spaces', async () => {
    expect(await sw.full([], 7).item()).toBe(7)
    expect(await sw.add(2, 3).item()).toBe(5)
    expect(await numbers(sw.full([2], 7))).toEqual([7, 7])
    expect(await numbers(sw.arange(3))).toEqual([0, 1, 2])
    expect(await numbers(sw.iota([2, 3], 1))).toEqual([0, 1, 2, 0, 1, 2])
    expect(await numbers(sw.linspace(-1, 1, 5, 'f64'))).toEqual([-1, -0.5, 0, 0.5, 1])
    expect(await numbers(sw.linspace(4, 9, 1))).toEqual([4])
  })

  it('zeros are not binary; spikes are, through views and products', () => {
    expect(sw.zeros([2]).aval.binary).toBe(false)
    const spikes = sw.cast(sw.greater(sw.tensor([1, -1]), 0), 'f32')
    expect(spikes.aval.binary).toBe(true)
    expect(sw.mul(sw.reshape(spikes, [1, 2]), spikes).aval.binary).toBe(true)
    expect(sw.add(spikes, spikes).aval.binary).toBe(false)
    expect(sw.where(sw.greater(spikes, 0), 1, 0).aval.binary).toBe(true)
  })
})
