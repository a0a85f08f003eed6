import { key } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { pinn } from '@spikeward/operators'
import { expect, test } from 'vitest'
import { operatorRecorder } from '../../src/assembly/neuronRecorder.js'

test.each([[[]], [[0]]])('records the hidden layer of a spiking PINN that is odd in the axes %j', async (odd) => {
  const spiking = { kind: 'spiking', neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 6 } as const
  const network = pinn({ axes: 1, odd, block: { ...spiking, hidden: [5] } })
  const recorder = operatorRecorder(network, null, { rows: Float64Array.of(-0.5, 0.25, 1), axes: 1 })
  const [layer, ...others] = await recorder.record(network.init(key(0)))
  recorder.dispose()
  expect(others).toEqual([])
  expect(layer).toMatchObject({ time: 6, samples: 3, neurons: 5 })
  expect(layer!.spikes.some((s) => s === 1)).toBe(true)
})
