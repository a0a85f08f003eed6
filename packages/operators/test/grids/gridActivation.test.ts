import { grad, key, sum, tensor } from '@spikeward/core'
import { sigmaDelta } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { gridActivation } from '../../src/grids/gridActivation.js'
import { values } from '../operatorFixtures.js'

describe('gridActivation', () => {
  it('of sigma–delta units is the value that their receivers hold, with a learned threshold for each channel', async () => {
    const sigma = gridActivation({ neuron: sigmaDelta({ threshold: 0.3, learn: ['threshold'] }), dtype: 'f64' })
    const x = tensor(
      [
        [1, 0.2],
        [-1, 0.4],
      ],
      { dtype: 'f64' },
    )
    const params = sigma.init(key(1), 2)
    expect(await values(sigma.apply(params, x))).toEqual([1, 0, 0, 0.4])
    const slope = grad((p: typeof params) => sum(sigma.apply(p, x)))(params) as { readonly threshold: typeof x }
    // A larger threshold sends less.
    const [far, near] = await values(slope.threshold)
    expect(far).toBeLessThan(0)
    expect(near).toBeLessThan(0)
  })
})
