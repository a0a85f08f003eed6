/** Windows whose steps are not equally long. */
import { key, tensor } from '@spikeward/core'
import { atan, integrateAndFire, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { expect, test } from 'vitest'
import { recurrentNetwork } from '../../src/index.js'

const sizes = { inputs: 2, steps: 3, scored: 1, hidden: [4], spike: spike(atan()), readoutLeak: 0.5 }
const lif = leakyIntegrateAndFire({ beta: 0.8, threshold: 0.3 })
const window = (...elapsed: readonly number[]) =>
  tensor(
    elapsed.flatMap((dt, t) => [Math.sin(t + 1), dt]),
    { dtype: 'f32', shape: [1, 6] },
  )

/** A network whose readout sees the spikes, and of which nothing but the leak reads the time. */
function networkOf(elapsed?: number) {
  const network = recurrentNetwork({ ...sizes, neuron: lif, ...(elapsed === undefined ? {} : { elapsed }) })
  const { trained, fixed } = network.init(key(3))
  const [layer] = trained.layers
  const only = tensor(
    [
      [3, -2, 4, 2],
      [0, 0, 0, 0],
    ],
    { dtype: 'f32' },
  )
  const readout = { weight: tensor([[1], [2], [3], [4]], { dtype: 'f32' }) }
  const layers = [{ ...layer!, input: { ...layer!.input, weight: only }, readout }]
  const variables = { trained: { ...trained, layers }, fixed }
  return async (...dt: readonly number[]) => network.apply(variables, window(...dt)).item()
}

test('equal steps of length 1 are those without a length', async () => {
  expect(await networkOf(1)(1, 1, 1)).toBeCloseTo(await networkOf()(1, 1, 1), 6)
})

test('a long step forgets what came before', async () => {
  const [plain, timed] = [networkOf(), networkOf(1)]
  const only = await plain(1, 1, 1)
  expect(await plain(1, 1, 60)).toBeCloseTo(only, 6)
  expect(Math.abs((await timed(1, 1, 60)) - only)).toBeGreaterThan(0.1)
  expect(await timed(1, 1, 60)).toBeCloseTo(await timed(1, 1, 80), 5)
})

test('refuses neurons without such a step, and a position that is no input', () => {
  expect(() => recurrentNetwork({ ...sizes, neuron: integrateAndFire(), elapsed: 1 })).toThrow(
    /integrateAndFire.*INVALID_OPTION/,
  )
  expect(() => recurrentNetwork({ ...sizes, neuron: lif, elapsed: 2 })).toThrow(/INVALID_OPTION/)
})
