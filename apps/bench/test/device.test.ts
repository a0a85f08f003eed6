import { expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { deviceNodePerturbation, errorNeuron, loihi2, toDevice } from '@spikeward/chip'
import { mexicanHat } from '@spikeward/problems'
import { bestOf, candidatesOf, meansOf, searchSettings } from '../src/chip/device/deviceTrials.js'
import { floatBaseline } from '../src/chip/floatBaseline.js'
import { openDevice } from '../src/chip/device/deviceTraining.js'
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
  await device.train({ ...how, loss: errorNeuron })
  const after = await device.errors('test')
  expect(after.solved).toBeLessThanOrEqual(1.01)
  expect(after.solved).not.toBe(before.solved)
  expect(after.relativeL2).not.toBe(before.relativeL2)
  device.dispose()
})

test('settings are chosen by the mean validation error over the trial keys', () => {
  const search = { kind: 'from-scratch', estimator: 'spsa', bits: 4, readout: 'learned' } as const
  const trials = [
    { ...search, k: 0, rate: -5, key: 1, validation: 0.1 },
    { ...search, k: 0, rate: -5, key: 2, validation: 0.5 },
    { ...search, k: 0, rate: -6, key: 1, validation: 0.2 },
    { ...search, k: 0, rate: -6, key: 2, validation: 0.2 },
    { ...search, k: 0, readout: 'solved' as const, rate: -1, key: 1, validation: 0.01 },
    { ...search, k: 0, bits: 8, rate: -1, key: 1, validation: 0.01 },
    { ...search, k: 0, loss: 'errorNeuron' as const, rate: -1, key: 1, validation: 0.01 },
  ]
  expect(bestOf(trials, search)).toEqual({ rate: -6, k: 0 })
  // Losses without a name are those of the host.
  expect(bestOf(trials, { ...search, loss: 'host' })).toEqual({ rate: -6, k: 0 })
  expect(candidatesOf(search).every(({ k, rate }) => k === 0 && rate <= -4)).toBe(true)
})

test('a search continues beyond its candidates until the best has no better neighbour', async () => {
  const search = { kind: 'from-scratch', estimator: 'spsa', bits: 8, readout: 'learned' } as const
  // The minimum, at a rate of −5 and k = 4, is far from the candidates.
  const error = ({ rate, k }: { rate: number; k: number | null }): number => (rate + 5) ** 2 + ((k ?? 0) - 4) ** 2
  const trials = await searchSettings(search, [1, 2], (choice, key) => Promise.resolve(error(choice) + key))
  expect(bestOf(trials, search)).toEqual({ rate: -5, k: 4 })
  const tried = meansOf(trials, search)
  for (const [rate, k] of [
    [-6, 4],
    [-4, 4],
    [-5, 3],
    [-5, 5],
  ])
    expect(tried.some((t) => t.rate === rate && t.k === k)).toBe(true)
  expect(trials.filter(({ key }) => key === 2)).toHaveLength(tried.length)
})

test('the rate in floats is searched for the learned readout and for a solved one', async () => {
  // The learned readout is best at a rate beyond those that are always tried, the solved one at a small rate.
  const errors = (rate: number) => ({
    relativeL2: Math.abs(Math.log2(rate) - 4),
    solved: Math.abs(Math.log2(rate) + 1),
  })
  const untrained = { mlp: { layers: [], time: 1 }, readout: null as never }
  const train = (rate: number) => Promise.resolve({ ...untrained, validation: errors(rate), errors: errors(rate) })
  const { trials, errorsOf } = await floatBaseline(1, [1, 2, 3], train)
  expect(await errorsOf(9)).toEqual({ relativeL2: 0, solved: 0 })
  expect(trials.map((t) => t.learningRate)).toContain(32)
  expect(trials.map((t) => t.learningRate)).toContain(0.25)
})
