import { describe, expect, it } from 'vitest'
import { type Tensor, grad, sum, tensor } from '@spikeward/core'
import { lastMembrane, meanMembrane, rateReadout } from '../src/index.js'

const outputs = tensor([[[1, 0, 1]], [[0, 0, 1]], [[1, 0, 0]], [[1, 0, 0]]])

describe('readouts', () => {
  it('rate and mean membrane average over time', async () => {
    for (const read of [rateReadout, meanMembrane]) {
      expect(read(outputs).shape).toEqual([1, 3])
      expect([...(await read(outputs).data())]).toEqual([0.75, 0, 0.5])
    }
  })

  it('last membrane takes the last step, and its derivative goes only there', async () => {
    expect(lastMembrane(outputs).shape).toEqual([1, 3])
    expect([...(await lastMembrane(outputs).data())]).toEqual([1, 0, 0])
    const g = grad((x: Tensor) => sum(lastMembrane(x)))(outputs)
    expect([...(await g.data())]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
  })

  it('last membrane of scalars per step is a scalar', async () => {
    expect(await lastMembrane(tensor([1, 2, 3])).item()).toBe(3)
  })
})
