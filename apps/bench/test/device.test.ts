import { expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { deviceNodePerturbation, loihi2, toDevice } from '@spikeward/chip'
import { mexicanHat } from '@spikeward/problems'
import { openDevice } from '../src/chip/deviceTraining.js'
import { untrainedFloat } from '../src/chip/floatTraining.js'

test('a network trained on the simulated chip starts at the error of its floats and stays finite', async () => {
  await using backend = await cpu({ threads: 1 })
  const problem = { problem: mexicanHat(), range: 1, byRow: false }
  const settings = { hidden: [4], time: 4, beta: 0.9, batch: 8 }
  const { mlp, readout, errors } = await untrainedFloat(problem, settings, 1, backend)
  const device = await openDevice(toDevice(loihi2, mlp), readout, problem, backend)
  const before = await device.errors()
  expect(Math.abs(before.relativeL2 - errors.relativeL2)).toBeLessThan(0.1)
  const how = { estimator: deviceNodePerturbation(), steps: 2, batch: 8, rate: 0, solveEvery: 1, key: 1 }
  await device.train(how)
  const after = await device.errors()
  expect(after.solved).toBeLessThanOrEqual(1.01)
  expect(after.solved).not.toBe(before.solved)
  device.dispose()
})
