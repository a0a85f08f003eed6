import { cast, greater, tensor } from '@spikeward/core'
import { describeDeclaration, describeNeuron, describeSurrogate } from '@spikeward/testkit'
import { expect, it } from 'vitest'
import { raisedCosine, refractory } from '../src/index.js'

describeDeclaration(raisedCosine)
describeDeclaration(refractory)
// The count of steps jumps, and nothing of it is differentiated.
describeNeuron(() => refractory({ period: 2 }), { gradients: 'stopped' })
describeSurrogate(() => raisedCosine())
describeSurrogate(() => raisedCosine({ width: 0.5 }), { name: 'raisedCosine, narrow' })

it('takes no input for its period after a spike', async () => {
  const model = refractory({ period: 3 })
  let state = model.rest([1])
  const spikes: number[] = []
  for (let t = 0; t < 9; t++) {
    const next = model.step({}, state, tensor([1.5]), (u) => cast(greater(u, 0), 'f32'))
    state = next.state
    spikes.push(...(await next.output.data()))
  }
  expect(spikes).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
})
