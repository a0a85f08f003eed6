import { expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { mlpFromNir, problemOf, readNir, toDoubles } from '@spikeward/nir'
import { type Snapshot, fit, restoreVariables } from '@spikeward/train'
import { withSamples } from '../../src/settings/own.js'
import { type Settings, firstSettings } from '../../src/settings/settings.js'
import { buildContender, buildFunction } from '../../src/worker/build.js'
import { makeOnChip } from '../../src/worker/later/deploy.js'

const usual: Settings = { ...firstSettings, hidden: [6, 5], time: 4, batch: 16, steps: 4 }

async function trained(settings: Settings): Promise<Snapshot> {
  const { task } = buildFunction(settings)
  const learner = buildContender(settings, settings.contenders[0]!)
  for await (const event of fit({ task, ...learner, key: 0, steps: 4 })) if (event.type === 'end') return event.snapshot
  throw new Error('no end')
}

test('the shown network moves to a chip, learns there, is counted and written', async () => {
  const settings = usual
  await using backend = await cpu({ threads: 1 })
  const onChip = makeOnChip(backend)
  const ask = { settings, contender: 0, snapshot: await trained(settings), bits: 8, spread: 0, steps: 12 }
  const { float, quantised, tuned, ledger, nir, losses } = await onChip(ask)
  for (const error of [float, quantised, tuned]) expect(error).toBeGreaterThan(0)
  expect(tuned).not.toBe(quantised)
  expect(ledger.acs + ledger.macs).toBeGreaterThan(0)
  expect(ledger.high).toBeGreaterThan(ledger.low)
  const graph = await readNir(nir)
  const written = mlpFromNir(graph)
  // With it, the import of the command line continues.
  expect(problemOf(graph)).toBe('mexican-hat')
  expect(written.layers).toHaveLength(2)
  // The file holds what the chip learned: weights that moved from those of the page.
  const { network } = buildFunction(settings)
  const { trained: before } = await restoreVariables(network, ask.snapshot, { backend })
  const weights = toDoubles(written.layers[0]!.affine.weight)
  const first = await before.layers[0]!.weight.data()
  expect(weights).toHaveLength(first.length)
  expect(weights.some((w, i) => Math.abs(w - Number(first[i])) > 1e-3)).toBe(true)
  expect(losses.join()).toContain('subtracts the threshold')
  const imperfect = await onChip({ ...ask, spread: 0.1, steps: 1 })
  expect(imperfect.quantised).not.toBe(quantised)
  await expect(
    onChip({ ...ask, settings: { ...settings, neuronOptions: { beta: '0.9', reset: 'none' } } }),
  ).rejects.toThrow('CLI_NOT_DEPLOYABLE')
})

test('neurons have the options that a chip can hold, and the defaults of those that are not given', async () => {
  await using backend = await cpu({ threads: 1 })
  const onChip = makeOnChip(backend)
  const asked = async (neuronOptions: Settings['neuronOptions'], neuron = 'leakyIntegrateAndFire') => {
    const settings = { ...usual, neuron, neuronOptions }
    return onChip({ settings, contender: 0, snapshot: await trained(settings), bits: 8, spread: 0, steps: 1 })
  }
  const leak = { beta: '0.8', restMembrane: '0.1', decayInput: 'true' }
  const { float, quantised, nir } = await asked({ ...leak, threshold: '0.5', resetDelay: 'false' })
  expect(quantised).toBeCloseTo(float, 1)
  const [layer] = mlpFromNir(await readNir(nir)).layers
  expect(layer!.neuron).toMatchObject({ beta: 0.8, threshold: 0.5, resetDelayed: false })
  expect(layer!.neuron.gain).toBeCloseTo(0.2, 12)
  // The page clears the options if another neuron is chosen.
  const fresh = mlpFromNir(await readNir((await asked({})).nir)).layers[0]!.neuron
  expect(fresh).toMatchObject({ beta: 0.9, gain: 1, threshold: 1, reset: 'subtract', resetDelayed: true })
  for (const [options, neuron] of [
    [{ reset: 'zero', resetMembrane: '0.2' }],
    [{ resetDetached: 'false' }],
    [{ decayInput: 'true', beta: '1' }],
    [{}, 'quadraticIntegrateAndFire'],
  ] as const)
    await expect(asked(options, neuron)).rejects.toThrow('CLI_NOT_DEPLOYABLE')
})

test('own points are learned there too, and measured at themselves', async () => {
  await using backend = await cpu({ threads: 1 })
  const settings = withSamples(usual, 1, [
    [-0.5, 0.5],
    [0, -0.25],
    [0.5, 0.75],
  ])
  const how = { contender: 0, bits: 8, spread: 0, steps: 2 }
  const { float, tuned } = await makeOnChip(backend)({ settings, snapshot: await trained(settings), ...how })
  for (const error of [float, tuned]) expect(error).toBeGreaterThan(0)
})
