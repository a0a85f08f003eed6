import { expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { deviceNodePerturbation, loihi2, toDevice } from '@spikeward/chip'
import { mexicanHat } from '@spikeward/problems'
import { bestOf, candidatesOf } from '../src/chip/deviceTrials.js'
import { openDevice } from '../src/chip/deviceTraining.js'
import { untrainedFloat } from '../src/chip/floatTraining.js'

test('a network trained on the simulated chip starts at the error of its floats and stays finite', async () => {
  await using backend = await cpu({ threads: 1 })
  const problem = { problem: mexicanHat(), range: 1, byRow: false }
  const settings = { hidden: [4], time: 4, beta: 0.9, batch: 8 }
  const { mlp, readout, errors } = await untrainedFloat(problem, settings, 1, backend)
  const device = await openDevice(toDevice(loihi2, mlp), readout, problem, backend)
  const before = await device.errors('test')
  expect(Math.abs(before.relativeL2 - errors.relativeL2)).toBeLessThan(0.1)
  const how = { estimator: deviceNodePerturbation(), steps: 2, batch: 8, rate: 0, readout: 'learned' as const, key: 1 }
  await device.train(how)
  const after = await device.errors('test')
  expect(after.solved).toBeLessThanOrEqual(1.01)
  expect(after.solved).not.toBe(before.solved)
  expect(after.relativeL2).not.toBe(before.relativeL2)
  device.dispose()
})

test('settings are chosen by the mean validation error over the trial keys', () => {
  const trial = { kind: 'from-scratch', estimator: 'spsa', bits: 4, k: 0 } as const
  const trials = [
    { ...trial, rate: -5, key: 1, validation: 0.1 },
    { ...trial, rate: -5, key: 2, validation: 0.5 },
    { ...trial, rate: -6, key: 1, validation: 0.2 },
    { ...trial, rate: -6, key: 2, validation: 0.2 },
    { ...trial, bits: 8, rate: -1, key: 1, validation: 0.01 },
  ]
  expect(bestOf(trials, trial)).toEqual({ rate: -6, k: 0 })
  expect(candidatesOf('from-scratch', 'spsa', 4).every(({ k, rate }) => k === 0 && rate <= -4)).toBe(true)
})
