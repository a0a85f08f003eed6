import { expect, test } from 'vitest'
import { key, tensor } from '@spikeward/core'
import { nirNetwork, readNir } from '@spikeward/nir'
import { bytesOf, names, traces } from '../fixtures.js'

test.each(names)('%s gives the expected outputs at every step', async (name) => {
  const { dt, shape = [traces[name]!.input[0]!.length], input, output } = traces[name]!
  const network = nirNetwork(await readNir(bytesOf(name)), { dt, dtype: 'f64' })
  const x = tensor(input.flat(), { shape: [input.length, 1, ...shape], dtype: 'f64' })
  const found = [...(await network.simulate(network.init(key(0)), x).data())].map(Number)
  const expected = output.flat()
  expect(found).toHaveLength(expected.length)
  // Spikes are 0 or 1, so that this bound makes them equal.
  found.forEach((y, i) => expect(Math.abs(y - expected[i]!)).toBeLessThan(1e-10))
  expect(expected.some((y) => y !== 0)).toBe(true)
})
